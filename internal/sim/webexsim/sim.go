// Package webexsim is a simulated Webex: the messaging API below /v1, signed webhooks, and the socket
// protocol of Webex's own clients with what leads to it, in one process and without the Internet.
//
// It is the cloud's side of the wire and shares no code with internal/webex, so that each proves the
// other. What it does is what developer.webex.com documents, or what Webex's own clients expect where
// the documents are silent. The playground, the command line and tests import it; the bot that runs
// in production never does.
package webexsim

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/sirupsen/logrus"

	"overwatch/internal/sim/journal"
)

// Options are what a simulation is made of. All of them may be left out.
type Options struct {
	BaseURL string           // how clients reach /v1, for links to pages and files; see SetBaseURL
	Client  *http.Client     // delivers webhooks
	Now     func() time.Time // the clock
	Log     logrus.FieldLogger

	Cluster        string        // where spaces are, as ids name it, such as urn:TEAM:us-west-2_r; us
	CatalogCluster string        // where the catalog says they are; Cluster
	AuthTimeout    time.Duration // for the first frame of a socket; 30 s
}

// Sim is a simulated Webex. It may be used by many at once; Close it in the end.
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

	running    context.Context // ends with Close, and what is being delivered with it
	stop       context.CancelFunc
	deliverers sync.WaitGroup

	mu       sync.Mutex // guards all below; nothing waits for a network while holding it
	base     string
	people   map[string]*Person // by UUID
	tokens   map[string]*Person
	rooms    []*room
	messages []*message // oldest first
	actions  map[string]*action
	webhooks []*webhook

	registrations []*registration
	opened        []*socket
	cap           int  // of registrations a person
	rawTokens     bool // an authorization frame may lack Bearer
	neverReady    int  // sockets that won't get ready
	ignoredPings  int

	files  map[string]*file
	faults []*Fault
	last   time.Time
	added  int // how many spaces AddRoom has made
}

// New returns a simulation without people or spaces.
func New(o Options) *Sim {
	s := &Sim{
		client: o.Client, now: o.Now, log: o.Log, base: strings.TrimRight(cmp.Or(o.BaseURL, "http://localhost:3000/v1"), "/"),
		cluster: cmp.Or(o.Cluster, us), catalogCluster: cmp.Or(o.CatalogCluster, o.Cluster, us), authTimeout: cmp.Or(o.AuthTimeout, 30*time.Second), cap: MaxRegistrations,
		people: map[string]*Person{}, tokens: map[string]*Person{}, actions: map[string]*action{}, files: map[string]*file{},
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.client == nil {
		s.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute}}
	}
	if s.log == nil {
		quiet := logrus.New()
		quiet.SetOutput(io.Discard)
		s.log = quiet
	}
	s.running, s.stop = context.WithCancel(context.Background())
	s.post.idle = sync.NewCond(&s.post.mu)
	s.mux = s.routes()
	return s
}

// SetBaseURL says how clients reach /v1, once the port is known.
func (s *Sim) SetBaseURL(base string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.base = strings.TrimRight(base, "/")
}

// Close stops deliveries and watchers, and waits until they have stopped. Calls that come later are
// answered with 503.
func (s *Sim) Close() {
	s.mu.Lock()
	s.stop()
	hooks := s.webhooks
	s.webhooks = nil
	for _, k := range s.opened {
		k.close(codeGoing, "the simulation ends")
	}
	s.mu.Unlock()
	for _, h := range hooks {
		h.stop()
	}
	s.deliverers.Wait()
	s.journal.Close()
	s.client.CloseIdleConnections()
}

// Person is somebody who can use the simulation, or a bot.
type Person struct {
	ID      string `json:"id"`
	UUID    string `json:"-"`
	Email   string `json:"email"`
	Name    string `json:"name"`
	OrgID   string `json:"orgId"`
	Token   string `json:"-"`
	Bot     bool   `json:"bot"`
	created time.Time
}

// AddPerson makes a person of an organization, known by its name. The same email makes the same id
// and token in every run; somebody who is known already stays as they are.
func (s *Sim) AddPerson(name, email, org string) Person { return s.addPerson(name, email, org, false) }

// AddBot makes a bot.
func (s *Sim) AddBot(name, email, org string) Person { return s.addPerson(name, email, org, true) }

func (s *Sim) addPerson(name, email, org string, bot bool) Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.personByEmail(email); known != nil {
		return *known
	}
	orgUUID := derived("org", org)
	p := &Person{
		UUID: derived("person", strings.ToLower(email)), Email: email, Name: name, Bot: bot,
		OrgID: publicID("ORGANIZATION", orgUUID), created: s.tick(),
	}
	p.ID = publicID("PEOPLE", p.UUID)
	// The shape of real tokens: some clients take the organization from the third part.
	p.Token = strings.ReplaceAll(derived("token", email), "-", "") + "_P0A1_" + orgUUID
	s.people[p.UUID] = p
	s.tokens[p.Token] = p
	return *p
}

// tick returns the time, later than any it has returned before, since lists are ordered by it. The
// caller holds the lock.
func (s *Sim) tick() time.Time {
	now := s.now().UTC().Truncate(time.Millisecond)
	if !now.After(s.last) {
		now = s.last.Add(time.Millisecond)
	}
	s.last = now
	return now
}

// derived makes a UUID of a name, the same in every run.
func derived(kind, name string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("overwatch:"+kind+":"+name)).String()
}

// timeFormat is how Webex writes times.
const timeFormat = "2006-01-02T15:04:05.000Z"

func stamp(t time.Time) string { return t.UTC().Format(timeFormat) }
