package webexsim

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"overwatch/internal/sim/journal"
)

// MaxRegistrations is how many registrations one account may have, unless CapRegistrations changes it.
const MaxRegistrations = 100

// Sim is a simulated Webex. It serves HTTP. Safe for concurrent use. Call Close in the end.
type Sim struct {
	client *http.Client
	now    func() time.Time
	log    logrus.FieldLogger
	mux    *http.ServeMux

	cluster        string
	catalogCluster string
	authTimeout    time.Duration

	journal journal.Journal[Entry]
	post    post

	running    context.Context // ends with Close
	stop       context.CancelFunc
	deliverers sync.WaitGroup // webhooks and sockets

	mu       sync.Mutex // guards what follows; never held during network I/O
	base     string
	people   map[string]*Person // by UUID
	tokens   map[string]*Person
	rooms    []*room
	messages []*message // oldest first
	actions  map[string]*action
	files    map[string]*file
	webhooks []*webhook

	registrations []*registration
	opened        []*socket
	cap           int // registrations per account
	rawTokens     bool
	binaryFrames  bool
	neverReady    int
	ignoredPings  int

	faults []*Fault
	last   time.Time // last result of tick
	added  int       // number of spaces that AddRoom created
}

// SetBaseURL sets the URL at which clients reach /v1, once the port is known.
func (s *Sim) SetBaseURL(base string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.base = strings.TrimRight(base, "/")
}

// AddPerson adds a person of an organization and returns it. The same email always has the same id and
// token. If the email exists, AddPerson returns that person unchanged.
func (s *Sim) AddPerson(name, email, org string) Person {
	return s.addPerson(newPerson(name, email, org, false))
}

// AddBot is AddPerson for a bot.
func (s *Sim) AddBot(name, email, org string) Person {
	return s.addPerson(newPerson(name, email, org, true))
}

func (s *Sim) addPerson(p *Person) Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	if existing := s.personByEmail(p.Email); existing != nil {
		return *existing
	}
	p.created = s.tick()
	p.active = p.created
	s.people[p.UUID], s.tokens[p.Token] = p, p
	return *p
}

// known returns the simulation's own record of a person. It panics if p was never added, which is a
// mistake in the calling program.
func (s *Sim) known(p Person) *Person {
	own := s.people[p.UUID]
	if own == nil {
		panic("webexsim: " + p.Name + " was never added to this simulation")
	}
	return own
}

func (s *Sim) person(id string) *Person {
	bare, ok := bareID("PEOPLE", id)
	if !ok {
		return nil
	}
	return s.people[bare]
}

func (s *Sim) personByEmail(email string) *Person {
	for _, p := range s.people {
		if strings.EqualFold(p.Email, email) {
			return p
		}
	}
	return nil
}

// bearer returns the person that a request's token belongs to, or nil.
func (s *Sim) bearer(r *http.Request) *Person {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil
	}
	return s.tokens[strings.TrimSpace(token)]
}

// tick returns the time in milliseconds. Each call returns a later time than the one before, because
// lists are ordered by it. The caller holds mu.
func (s *Sim) tick() time.Time {
	now := s.now().UTC().Truncate(time.Millisecond)
	if !now.After(s.last) {
		now = s.last.Add(time.Millisecond)
	}
	s.last = now
	return now
}

// publicID returns the public id of something that belongs to a space.
func (s *Sim) publicID(kind, uuid string) string { return encodedID(s.cluster, kind, uuid) }

// bareID is the reverse of publicID.
func (s *Sim) bareID(kind, id string) (string, bool) { return decodedID(s.cluster, kind, id) }

// service returns the URL of a service. If the API is at localhost, the services are at 127.0.0.1, and
// vice versa, so that clients that expect everything at one host fail as they do in other regions. The
// caller holds mu.
func (s *Sim) service(path string) *url.URL {
	u, err := url.Parse(s.base)
	if err != nil {
		return &url.URL{} // the base URL is invalid, so links are too
	}
	host := map[string]string{"localhost": "127.0.0.1", "127.0.0.1": "localhost"}[u.Hostname()]
	if host != "" && u.Port() != "" {
		u.Host = host + ":" + u.Port()
	}
	u.Path = path
	return u
}

// Watch calls see with every entry from now on, in order, one at a time. A slow see doesn't slow down
// the simulation. stop returns once see won't be called any more; see must not call it.
func (s *Sim) Watch(see func(Entry)) (stop func()) { return s.journal.Watch(see) }

// Recent returns the last 500 entries, oldest first.
func (s *Sim) Recent() []Entry { return s.journal.Recent() }

func (s *Sim) record(e Entry) {
	s.journal.Add(func(seq int64) Entry { e.Seq = seq; return e })
}
