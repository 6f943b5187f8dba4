package query

import (
	"overwatch/internal/form"
	"overwatch/internal/yamlfile"
)

// document is a template's file.
type document struct {
	Title     yamlfile.At[string]                      `yaml:"title"`
	Words     yamlfile.At[[]string]                    `yaml:"words"`
	CLI       yamlfile.At[[]string]                    `yaml:"cli"`
	Help      string                                   `yaml:"help"`
	Group     string                                   `yaml:"group"`
	Order     int                                      `yaml:"order"`
	Inputs    []yamlfile.At[form.Input]                `yaml:"inputs"`
	Platforms yamlfile.At[map[string]documentPlatform] `yaml:"platforms"`
	Empty     string                                   `yaml:"empty"`
}

type documentPlatform struct {
	Since    string                         `yaml:"since"`
	Requests []yamlfile.At[documentRequest] `yaml:"requests"`
	Facts    []yamlfile.At[documentFact]    `yaml:"facts"`
}

type documentRequest struct {
	Get      string                         `yaml:"get"`
	Fields   string                         `yaml:"fields"`
	Rows     string                         `yaml:"rows"`
	Where    map[string]string              `yaml:"where"`
	Keep     string                         `yaml:"keep"`
	Top      *documentTop                   `yaml:"top"`
	Longest  map[string]string              `yaml:"longest"`
	Merge    map[string]string              `yaml:"merge"`
	Optional bool                           `yaml:"optional"`
	Or       []yamlfile.At[documentRequest] `yaml:"or"`
	Also     []yamlfile.At[documentRequest] `yaml:"also"`
}

type documentTop struct {
	By   yamlfile.Texts `yaml:"by"`
	Rows int            `yaml:"rows"`
}

type documentFact struct {
	Title     string            `yaml:"title"`
	Heading   bool              `yaml:"heading"`
	Volatile  bool              `yaml:"volatile"`
	Brief     bool              `yaml:"brief"`
	From      yamlfile.Texts    `yaml:"from"`
	JQ        string            `yaml:"jq"`
	As        yamlfile.Texts    `yaml:"as"`
	Map       map[string]string `yaml:"map"`
	Good      yamlfile.Texts    `yaml:"good"`
	Warning   yamlfile.Texts    `yaml:"warning"`
	Attention yamlfile.Texts    `yaml:"attention"`
}
