package local

// TryAgain returns once the writer tried to open the engine again, or found nothing wrong.
func TryAgain(s *Store) {
	for range 2 { // it looks after what is wrong between two jobs
		done := make(chan struct{})
		if s.jobs.add(job{done: func(error) { close(done) }}) == nil {
			<-done
		}
	}
}
