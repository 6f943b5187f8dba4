package cards_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"overwatch/cards"
)

// schemaFile returns the published JSON schema of version 1.3. It isn't ours to commit: it lies in
// schemas/ of a directory beside the repository, or of the one that OVERWATCH_SHARED names.
func schemaFile(t *testing.T) string {
	t.Helper()
	shared := os.Getenv("OVERWATCH_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "shared")
	}
	file := filepath.Join(shared, "schemas", "adaptive-card-1.3.0.json")
	if _, err := os.Stat(file); err != nil {
		const what = "the published schema isn't there: set OVERWATCH_SHARED to the directory that has schemas/adaptive-card-1.3.0.json"
		if os.Getenv("CI") == "true" {
			t.Fatal(what)
		}
		t.Skip(what)
	}
	return file
}

func TestSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile(schemaFile(t))
	if err != nil {
		t.Fatal(err)
	}
	validate := func(card []byte) error {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(card)))
		if err != nil {
			return err
		}
		return schema.Validate(v)
	}
	if validate([]byte(in(`{"type":"TextBlock","text":1}`))) == nil {
		t.Fatal("the schema accepts anything")
	}
	eachSample(t, func(t *testing.T, _ string, _ cards.Sample, expanded json.RawMessage) {
		if err := validate(expanded); err != nil {
			t.Error(err)
		}
	})
}

// TestVocabulary compares our tables with the published schema: a property that one has and the
// other hasn't must be listed here.
func TestVocabulary(t *testing.T) {
	src, err := os.ReadFile(schemaFile(t))
	if err != nil {
		t.Fatal(err)
	}
	type definition struct {
		Properties map[string]json.RawMessage `json:"properties"`
		Required   []string                   `json:"required"`
		AllOf      []struct {
			Ref string `json:"$ref"`
		} `json:"allOf"`
		AnyOf []json.RawMessage `json:"anyOf"`
	}
	var schema struct {
		Definitions map[string]definition `json:"definitions"`
	}
	if err := json.Unmarshal(src, &schema); err != nil {
		t.Fatal(err)
	}
	published := func(name string) (known, required []string) {
		names, wanted := map[string]bool{}, map[string]bool{}
		var gather func(d definition)
		gather = func(d definition) {
			for p := range d.Properties {
				names[p] = true
			}
			for _, p := range d.Required {
				wanted[p] = true
			}
			for _, base := range d.AllOf {
				gather(schema.Definitions[strings.TrimPrefix(base.Ref, "#/definitions/")])
			}
			for _, either := range d.AnyOf { // a bare string or an object
				var object definition
				if err := json.Unmarshal(either, &object); err != nil {
					t.Fatal(err)
				}
				gather(object)
			}
		}
		gather(schema.Definitions[name])
		delete(names, "type")
		return slices.Sorted(maps.Keys(names)), slices.Sorted(maps.Keys(wanted))
	}

	known, required := cards.Vocabulary()
	stricter := map[string][]string{"Action.ShowCard": {"card"}} // a ShowCard that shows nothing
	for name := range known {
		t.Run(name, func(t *testing.T) {
			names, wanted := published(name)
			if diff := cmp.Diff(names, known[name]); diff != "" {
				t.Errorf("properties (-published +ours)\n%s", diff)
			}
			if diff := cmp.Diff(append(wanted, stricter[name]...), required[name]); len(wanted)+len(required[name]) > 0 && diff != "" {
				t.Errorf("required (-published +ours)\n%s", diff)
			}
		})
	}
	for name, d := range schema.Definitions {
		if _, isType := d.Properties["type"]; isType && known[name] == nil && name != "Media" && name != "MediaSource" {
			t.Errorf("we don't know %s", name)
		}
	}
}
