package playground_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"overwatch/internal/playground"
	"overwatch/internal/playground/ui"
	"overwatch/internal/telemetry/logtest"
)

// screenshots is where the tests save pictures of the page. make screenshots copies one into the README.
const screenshots = "../../bin/screenshots"

// chromium returns the path of the browser. Without one the test is skipped, or fails with CI=true.
func chromium(t *testing.T) string {
	t.Helper()
	leave := t.Skip
	if os.Getenv("CI") == "true" {
		leave = t.Fatal
	}
	if !ui.Built() {
		leave("the page isn't built: run make web")
	}
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-headless-shell", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	leave("chromium isn't installed; set CHROMIUM to its path")
	return ""
}

// running is a playground that runs, with what it logs.
type running struct {
	*playground.Playground
	log *logtest.Log
}

// start runs a playground until the test ends.
func start(t *testing.T, o playground.Options) running {
	t.Helper()
	logger, lines := logtest.New(t)
	o.Listen, o.Log = cmp.Or(o.Listen, "127.0.0.1:0"), logger
	p, err := playground.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return running{p, lines}
}

// browser is a browser with the page.
type browser struct {
	*testing.T
	ctx context.Context
	mu  sync.Mutex
	bad []string // errors in the console
}

func open(t *testing.T, url string) *browser {
	t.Helper()
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)), chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-component-update", true))...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	b := &browser{T: t}
	err := chromedp.Listen(ctx, func(ev any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch e := ev.(type) {
		case *runtime.EventExceptionThrown:
			b.bad = append(b.bad, fmt.Sprint(e.ExceptionDetails.Text, " ", e.ExceptionDetails.Exception))
		case *log.EventEntryAdded:
			b.bad = append(b.bad, e.Entry.Text+" "+e.Entry.URL)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	b.ctx, cancel = context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(cancel)
	b.do(chromedp.EmulateViewport(1280, 860), chromedp.Navigate(url))
	return b
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.shot("failed")
		b.Fatal(err)
	}
}

// reloaded matches the error of an evaluation while the page reloads.
var reloaded = regexp.MustCompile(`navigated|Cannot find context`)

// until waits until a JavaScript expression is true.
func (b *browser) until(what, expression string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](expression))
	for err != nil && ctx.Err() == nil && reloaded.MatchString(err.Error()) {
		_, err = chromedp.Run(ctx, chromedp.Poll[bool](expression))
	}
	if err != nil {
		b.shot("failed")
		b.Fatalf("%s: %v", what, err)
	}
}

// shot saves a picture of the page.
func (b *browser) shot(name string) {
	b.Helper()
	picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.Errorf("no screenshot: %v", err)
		return
	}
	if err := os.MkdirAll(screenshots, 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(screenshots, name+".png"), picture, 0o644); err != nil {
		b.Fatal(err)
	}
}

func testID(id string) chromedp.CSS {
	return chromedp.CSS(fmt.Sprintf(`[data-testid=%q]`, id))
}

// say types a message and sends it.
func (b *browser) say(text string) {
	b.Helper()
	b.do(chromedp.SendKeys(testID("composer"), text), chromedp.Click(testID("send")))
}

// sees waits until the bot's last message contains the texts.
func (b *browser) sees(texts ...string) {
	b.Helper()
	for _, text := range texts {
		b.until("the last answer contains "+text, fmt.Sprintf(
			`[...document.querySelectorAll('[data-from="overwatch@webex.bot"] > .bubble')].at(-1)?.innerText.includes(%q)`, text))
	}
}

// card is the last card on the page.
const card = `(//div[@data-testid='card'])[last()]`

func (b *browser) press(button string) {
	b.Helper()
	b.do(chromedp.Click(chromedp.Search(card + `//button[.='` + button + `']`)))
}

func (b *browser) pick(device string) {
	b.Helper()
	b.do(chromedp.SendKeys(chromedp.Search(card+`//select`), device))
}

// inject injects a fault in the "Break it" tab.
func (b *browser) inject(fault string) {
	b.Helper()
	b.do(chromedp.Click(testID("inspector-tab-faults")), chromedp.Click(testID("fault-"+fault)))
	b.until("the page confirms the fault", `/: done\./.test(document.querySelector('#panel [role=status]').innerText)`)
}

// picture saves the picture of the README: a form, its answer and the events behind them.
func (b *browser) picture() {
	b.Helper()
	b.do(chromedp.EmulateViewport(1280, 1180), chromedp.Click(testID("inspector-tab-events")))
	b.until("the events are listed", `document.querySelectorAll('#panel .entries li').length > 3`)
	b.until("the conversation is at its end", `(() => { document.activeElement.blur(); document.querySelector('#log').scrollTop = 1e6; return true })()`)
	b.shot("readme")
	b.do(chromedp.Click(testID("inspector-tab-card")), chromedp.EmulateViewport(1280, 860))
}

// TestStory is what a new user does in the first five minutes, in a real browser.
func TestStory(t *testing.T) {
	p := start(t, playground.Options{Slow: time.Second})
	b := open(t, p.URL()+"/?theme=light&space=Overwatch")

	b.sees("Hello, I'm Overwatch", "I query your network devices")
	b.shot("01-greeting")

	b.say("hello")
	b.sees("Query your network", "Show VRFs")
	b.press("Show VRFs")
	b.until("the card asks for a device", `document.querySelector('#log').innerText.includes('Choose a device first.')`)
	b.shot("02-form-without-device")
	b.pick("r1")
	b.press("Show VRFs")
	b.sees("CORP", "65000:1", "3 rows", "Typed: vrf r1")
	b.shot("03-result")
	b.picture()
	b.press("All rows (CSV)")
	b.sees("All rows of Show VRFs on r1", "Download", ".csv")

	b.say("vrf r1")
	b.sees("CORP", "Staff", "3 rows")
	b.say("bgp r1")
	b.sees("established", "idle")
	b.shot("04-states")
	b.say("interfaces core1")
	b.sees("2,000 rows", "1 to 25 of 2,000 rows")
	b.press("Next")
	b.sees("26 to 50 of 2,000 rows", "as of")
	b.shot("17-next-page")
	b.do(chromedp.SendKeys(chromedp.Search(card+`//input[@type='text' or not(@type)]`), "down"))
	b.press("Filter")
	b.sees("1 to 25 of 400 rows", "interfaces core1 | down")
	b.do(chromedp.SendKeys(chromedp.Search(card+`//select`), "Te15"))
	b.press("Show row")
	b.sees("Row 3 of 400", "Last change")
	b.shot("28-row")
	b.say("interfaces sw1")
	b.sees("24 rows", "Gi1/0/24")
	b.shot("29-switch")
	b.say("vrf r11")
	b.sees("Did you mean", "vrf r1")
	b.shot("05-did-you-mean")
	b.press("vrf r1")
	b.sees("65000:1")
	b.say("port r1")
	b.sees("One interface", "Interface")
	b.until("the interfaces of r1 are there to choose from", `[...document.querySelectorAll('option')].some(o => o.text === 'GigabitEthernet3')`)
	b.shot("18-suggested")
	b.say("route r1")
	b.sees("One route", "Address or prefix")
	b.do(chromedp.SendKeys(chromedp.Search(card+`//input[@type='text' or not(@type)]`), "nonsense"))
	b.press("One route")
	b.sees("Enter an IPv4 address or prefix")
	b.shot("06-wrong-input")
	b.say("route 11.0.5.9 core1")
	b.sees("11.0.5.0/24", "1 row")
	b.say("vrf site:paris")
	b.sees("Show VRFs", "4 of 5 devices", "down1 refuses connections")
	b.shot("19-many-devices")
	b.say("bgp site:paris | idle")
	b.sees("198.51.100.13", "✗ idle", "down1 refuses connections", "No rows match on")
	b.shot("31-rows-of-devices")
	b.say("interfaces site:paris")
	b.sees("And 1,990 rows more.")
	b.until("the card is at its beginning", `(() => { [...document.querySelectorAll('[data-testid=card]')].at(-1).scrollIntoView(); return true })()`)
	b.shot("32-odd-rows")
	b.say("diff vrf r1 r2")
	b.sees("VOICE", "only on r2", "GUEST", "only on r1")
	b.shot("20-compared")
	b.say("bgp r1")
	b.sees("BGP neighbors", "established")
	b.press("Compare")
	b.sees("No differences")
	b.say("port GigabitEthernet3 r1")
	b.sees("GigabitEthernet3", "__uplink__ *to* [r2](x) $ {name} <b>")
	b.shot("07-odd-text")
	b.say("vrf down1")
	b.sees("No answer", "down1 refuses connections", "Retry")
	b.shot("08-error")
	b.say("vrf locked1")
	b.sees("refused the login")
	b.do(chromedp.SendKeys(testID("composer"), "help\r"))
	b.sees("Queries", "arp DEVICE")
	b.shot("09-help")

	b.do(chromedp.Click(testID("inspector-tab-devices")))
	b.until("the inspector lists requests to devices", `document.querySelector('#panel').innerText.includes('native/vrf')`)
	b.do(chromedp.Click(testID("inspector-tab-events")))
	b.until("the inspector lists frames", `document.querySelector('#panel').innerText.includes('cardAction by Alice Adams')`)
	b.do(chromedp.Click(chromedp.CSS("#panel summary")))
	b.until("a frame shows what is in it", `document.querySelector('#panel').innerText.includes('sequenceNumber')`)
	b.shot("10-inspector")

	b.do(chromedp.Click(testID("inspector-tab-faults")), chromedp.Click(testID("fault-cut")))
	b.until("the page confirms the fault", `document.querySelector('#panel').innerText.includes('Drop the socket: done.')`)
	b.shot("15-faults")
	b.do(chromedp.Click(testID("inspector-tab-events")))
	b.until("the socket was cut and opened again", `/socket opened[^]*socket closed .1006/.test(document.querySelector('#panel').innerText)`)
	b.shot("16-cut")
	b.say("vrf r2")
	b.sees("VOICE")

	b.inject("card")
	b.say("vrf r2")
	b.until("the answer is text instead of a card", `(() => { const last = [...document.querySelectorAll('[data-from="overwatch@webex.bot"] > .bubble')].at(-1);
		return last.innerText.includes('VOICE') && !last.querySelector('.card') })()`)
	b.shot("23-text-instead-of-a-card")
	b.inject("inventory")
	p.log.Await(t, "hosts.yaml is out of date")
	p.log.Await(t, "reloaded: 11 devices")
	b.say("devices")
	b.sees("r3", "hosts.yaml")
	b.shot("24-no-hosts")
	b.say("vrf oc1")
	b.sees("Staff", "oc1") // the last known devices stay
	b.inject("disk")
	b.say("version r2")
	p.log.Await(t, "was removed or moved")
	b.shot("25-no-disk")
	b.sees("17.12.1") // once the disk is back

	b.do(chromedp.Click(testID("space-Network operations")))
	b.until("the group space is open", `document.querySelector('#space-title').innerText === 'Network operations'`)
	b.sees("I only see messages that @mention me")
	b.say("is anybody here?")
	b.until("a message without a mention is marked", `document.querySelector('#log').innerText.includes("doesn't receive this message")`)
	b.do(chromedp.SendKeys(testID("composer"), "@Ov"), chromedp.Click(testID("mention")))
	b.say("vrf r2")
	b.sees("VOICE", "Telephones")
	b.shot("11-group")

	b.do(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile), chromedp.Navigate(p.URL()+"/?theme=light&space=Overwatch&as=bob"))
	b.sees("Hello, I'm Overwatch")
	b.say("vrf r1")
	b.sees("CORP")
	b.until("nothing is wider than the phone", `document.documentElement.scrollWidth <= 360`)
	b.shot("12-phone")
	b.say("hello")
	b.sees("Query your network")
	b.shot("13-phone-form")
	b.press("More queries")
	b.sees("Spanning tree", "Routing")
	b.until("nothing is wider than the phone", `document.documentElement.scrollWidth <= 360`)
	b.shot("21-phone-all-queries")
	b.say("interfaces sw1")
	b.sees("24 rows", "Gi1/0/24")
	b.until("nothing is wider than the phone", `document.documentElement.scrollWidth <= 360`)
	b.until("the card is at its beginning", `(() => { [...document.querySelectorAll('[data-testid=card]')].at(-1).scrollIntoView(); return true })()`)
	b.shot("30-phone-switch")
	b.say("arp r1,r2,down1")
	b.sees("2 of 3 devices")
	b.shot("22-phone-devices")

	b.do(chromedp.EmulateViewport(1280, 860), chromedp.Navigate(p.URL()+"/?theme=dark&space=Overwatch"))
	b.sees("17.12.1")
	b.say("interfaces r1")
	b.sees("GigabitEthernet1")
	b.shot("14-dark")

	problems, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](`[...document.querySelectorAll('[data-testid=card-problem]')].map(e => e.textContent)`))
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Errorf("the official renderer rejects a card: %s", problem)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.bad) > 0 {
		t.Errorf("errors in the console:\n%s", strings.Join(b.bad, "\n"))
	}
}

// An open page reports that the playground stopped, and reloads when it is started again.
func TestPageOutlivesItsPlayground(t *testing.T) {
	chromium(t) // skip here, not in the subtest
	var b *browser
	var port string
	t.Run("the first", func(st *testing.T) {
		p := start(st, playground.Options{})
		_, port, _ = strings.Cut(strings.TrimPrefix(p.URL(), "http://"), ":")
		b = open(t, p.URL()+"/?as=bob&space=Overwatch")
		b.sees("Hello, I'm Overwatch")
		b.say("vrf r1")
		b.sees("CORP")
	})
	b.until("the page reports the lost connection", `document.querySelector('#problem').innerText.includes("Lost the connection")`)
	start(t, playground.Options{Listen: "127.0.0.1:" + port})
	b.until("the page reloads", `document.querySelector('#problem').hidden && !document.querySelector('#log').innerText.includes('CORP')`)
	b.sees("Hello, I'm Overwatch")
	b.say("vrf r2")
	b.sees("VOICE")
	b.until("Bob is still selected", `document.querySelector('.mine strong').innerText === 'Bob Brown'`)
}

// The composer keeps what is typed, and recalls sent messages with the arrow keys.
func TestComposer(t *testing.T) {
	p := start(t, playground.Options{})
	b := open(t, p.URL()+"/?theme=dark&space=Overwatch")
	b.sees("Hello, I'm Overwatch")
	field := func(what, want string) {
		t.Helper()
		b.until(what, fmt.Sprintf(`document.querySelector('#say').value === %q`, want))
	}
	b.say("help")
	b.sees("Queries")
	b.say("devices")
	b.sees("core1")
	b.do(chromedp.SendKeys(testID("composer"), kb.ArrowUp))
	field("the last", "devices")
	b.do(chromedp.SendKeys(testID("composer"), kb.ArrowUp))
	field("the one before", "help")
	b.do(chromedp.SendKeys(testID("composer"), kb.ArrowDown+kb.ArrowDown))
	field("back at the end", "")
	b.do(chromedp.SendKeys(testID("composer"), "half a thought"+kb.ArrowUp))
	field("an edited text stays", "half a thought")
	b.do(chromedp.Click(chromedp.Search(`//div[@id='chips']/button[.='vrf r1']`)))
	b.sees("CORP")
	field("a suggestion leaves it alone", "half a thought")

	b.do(chromedp.Click(testID("theme")))
	b.until("the URL holds the theme", `document.documentElement.dataset.theme === 'light' && location.search.includes('theme=light')`)
}
