package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// traps are mistakes that other chat bots made, each with the tests that keep this one from it.
var traps = []struct {
	name, what string
	tests      []string
}{
	{"T1", "somebody without permission presses a card", []string{"app.TestStrangersAreRefused", "app.TestRules", "access.TestDecide"}},
	{"T2", "inputs are made up, hidden data is altered, a card's data is replayed elsewhere", []string{"app.TestForgedSubmissions", "app.TestPressesOfAnotherCard", "button.TestSeals", "button.TestForgedPressesAreRefused"}},
	{"T3", "a delivery's signature isn't checked over its bytes before it is believed", []string{"app.TestHostileDeliveries", "webhook.TestSignatureIsOverTheBytes", "webex.TestSignature"}},
	{"T4", "replicas delete or double each other's webhooks or answers", []string{"soak.TestReplicas", "webhook.TestReconcile", "jetstream.TestReplicasShareTheWork"}},
	{"T5", "an event that comes twice is answered twice", []string{"app.TestDeliveredTwiceIsAnsweredOnce", "soak.TestKilled"}},
	{"T6", "the bot's name has signs that patterns give a meaning", []string{"app.TestGroupSpace", "webex.TestMentions"}},
	{"T7", "one query's word is the beginning of another's", []string{"bot.TestUnderstanding", "query.TestWords"}},
	{"T8", "an answer is longer than Webex takes, or is cut inside its markup", []string{"render.TestLargeAnswersFit", "webex.TestClip", "webex.TestCreateMessageChecks"}},
	{"T9", "there are more devices than a drop-down takes, more queries than a row of buttons", []string{"bot.TestLargeInventory", "cards.TestCheckRefuses"}},
	{"T10", "keys have namespaces, answers are lists, empty or 404", []string{"yang.TestRows", "templates.TestCases", "query.TestRequests"}},
	{"T11", "a device never answers", []string{"app.TestHostileDevices", "app.TestSeveralDevicesAndCancel", "worker.TestProgressLine"}},
	{"T12", "Webex limits the rate, or fails, on any call", []string{"app.TestWebexLimitsTheRate", "worker.TestWorker", "webex.TestRetryAfter", "webex.TestUploadAborted"}},
	{"T13", "a message is edited more often than it may be, or has a card", []string{"worker.TestProgressLine", "webexsim.TestTenEditsAndNoneOfCards"}},
	{"T14", "the queue is full, and something is dropped silently", []string{"webhook.TestAFullInboxIsSaid", "local.TestContract", "jetstream.TestContract", "websocket.TestContract"}},
	{"T15", "Webex has other addresses in other regions", []string{"webex.TestNew", "webex.TestServices", "websocket.TestIDsOfAnotherCluster"}},
	{"T16", "a message is deleted before it is fetched", []string{"app.TestMessageGoneBeforeItIsFetched", "worker.TestMissingMessage"}},
	{"T17", "certificates of devices aren't checked", []string{"restconf.TestCertificates", "restconf.TestRefusedHandshakes", "app.TestUncheckedCertificatesAreSaid"}},
	{"T18", "in a group space the mention stays in the text, or the answer leaves the thread", []string{"app.TestGroupSpace", "webex.TestMentions", "bot.TestRepliesStayInTheThread"}},
	{"T19", "secrets in answers reach the chat, files or logs", []string{"app.TestSecretsOfDevicesStay", "redact.TestCorpus", "webex.TestTokensDontLeak", "restconf.TestPasswordsDontLeak"}},
	{"T20", "a client that draws no cards shows nothing of use", []string{"render.TestTextGoesWithoutACard", "app.TestPressAndTypeGiveTheSame", "templates.TestCases"}},
}

// Each trap has tests.
func TestTraps(t *testing.T) {
	there := map[string]bool{}
	root := filepath.Join("..", "..")
	for _, pattern := range []string{"*/*_test.go", "internal/*/*_test.go", "internal/*/*/*_test.go"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range tree.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, "Test") {
					there[filepath.Base(filepath.Dir(file))+"."+f.Name.Name] = true
				}
			}
		}
	}
	var names []string
	for _, trap := range traps {
		names = append(names, trap.name)
		for _, test := range trap.tests {
			if !there[test] {
				t.Errorf("%s, %s: the test %s doesn't exist", trap.name, trap.what, test)
			}
		}
	}
	if len(names) != 20 || len(slices.Compact(names)) != 20 {
		t.Errorf("the traps are %v", names)
	}
}
