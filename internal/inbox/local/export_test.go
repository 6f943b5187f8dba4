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

// CloseWhileWriting closes a store whose writer is busy and has one more job to do.
func CloseWhileWriting(s *Store) error {
	busy := make(chan struct{})
	err := s.jobs.add(job{done: func(error) {
		defer close(busy)
		_ = s.jobs.add(job{}) // it isn't closed yet
		s.jobs.close()
	}})
	if err != nil {
		return err
	}
	<-busy
	return s.Close()
}
