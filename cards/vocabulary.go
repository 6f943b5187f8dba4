package cards

import (
	"maps"
	"slices"
)

// The tables in this file are what Adaptive Cards 1.3 knows (the published JSON schema of that
// version) less what Webex doesn't draw or heed. They are never written to.

// kind is what the value of a property may be.
type kind int

const (
	aText    kind = iota // a string
	aFlag                // true or false
	aNumber              // any number
	aCount               // a whole number from 1
	aWord                // one of property.words, in any letter case
	aURL                 // an absolute http or https URL
	aSize                // pixels ("50px") or one of property.words
	aWidth               // of a column: a weight (2 or "2"), pixels, or one of property.words
	aDate                // "2026-01-31", or empty
	aTime                // "15:04", or empty
	anObject             // an object whose members are the bot's own business: the data of a submit
	aChild               // an object of property.group
	children             // a list of objects of property.group
)

// property is what a member of an object may be.
type property struct {
	kind     kind
	words    []string
	group    group
	required bool
	ignored  bool // 1.3 knows it, Webex does nothing with it
}

func (p property) must() property {
	p.required = true
	return p
}

// group is a set of types that may stand in the same place. Where a group is named like a type, an
// object in that place needs no "type".
type group string

const (
	elementGroup group = "element"
	buttonGroup  group = "button"        // an action in a list
	selectGroup  group = "select action" // an action that an element, a card or an input has
)

// shape is one type of object.
type shape struct {
	groups     []group
	textToo    bool // a bare string may stand for the object
	input      bool
	properties map[string]property
}

var (
	horizontal = []string{"left", "center", "right"}
	vertical   = []string{"top", "center", "bottom"}
	imageSizes = []string{"auto", "stretch", "small", "medium", "large"}
)

var (
	text       = property{kind: aText}
	flag       = property{kind: aFlag}
	number     = property{kind: aNumber}
	positive   = property{kind: aCount}
	address    = property{kind: aURL}
	pixels     = property{kind: aSize}
	date       = property{kind: aDate}
	clock      = property{kind: aTime}
	selectable = property{kind: aChild, group: selectGroup}
	backdrop   = property{kind: aChild, group: "BackgroundImage"}
	ignored    = property{ignored: true}
	height     = wordOf("auto", "stretch")
	spacing    = wordOf("default", "none", "small", "medium", "large", "extraLarge", "padding")
	color      = wordOf("default", "dark", "light", "accent", "good", "warning", "attention")
	fontType   = wordOf("default", "monospace")
	fontSize   = wordOf("default", "small", "medium", "large", "extraLarge")
	fontWeight = wordOf("default", "lighter", "bolder")
	style      = wordOf("default", "emphasis", "good", "attention", "warning", "accent")
)

func wordOf(words ...string) property { return property{kind: aWord, words: words} }
func listOf(of group) property        { return property{kind: children, group: of} }

// What all objects of a group have.
var (
	elementProperties = map[string]property{
		"id": text, "isVisible": flag, "height": height, "separator": flag, "spacing": spacing,
		"fallback": ignored, "requires": ignored,
	}
	inputProperties = with(elementProperties, map[string]property{
		"id": text.must(), "label": text, "isRequired": flag, "errorMessage": text,
	})
	actionProperties = map[string]property{
		"title": text, "iconUrl": address, "style": wordOf("default", "positive", "destructive"),
		"fallback": ignored, "requires": ignored,
	}
)

// with returns the properties of both, the second over the first.
func with(base, own map[string]property) map[string]property {
	all := maps.Clone(base)
	maps.Copy(all, own)
	return all
}

func anElement(own map[string]property) shape {
	return shape{groups: []group{elementGroup}, properties: with(elementProperties, own)}
}

func anInput(own map[string]property) shape {
	return shape{groups: []group{elementGroup}, input: true, properties: with(inputProperties, own)}
}

func anAction(own map[string]property, groups ...group) shape {
	return shape{groups: groups, properties: with(actionProperties, own)}
}

// shapes holds all types by name.
var shapes = map[string]shape{
	"AdaptiveCard": {groups: []group{"AdaptiveCard"}, properties: map[string]property{
		"$schema": text, "version": text, "body": listOf(elementGroup), "actions": listOf(buttonGroup),
		"selectAction": selectable, "backgroundImage": backdrop, "minHeight": pixels,
		"verticalContentAlignment": wordOf(vertical...), "fallbackText": text, "speak": text, "lang": text,
	}},
	"BackgroundImage": {groups: []group{"BackgroundImage"}, textToo: true, properties: map[string]property{
		"url": address.must(), "fillMode": wordOf("cover", "repeatHorizontally", "repeatVertically", "repeat"),
		"horizontalAlignment": wordOf(horizontal...), "verticalAlignment": wordOf(vertical...),
	}},

	"TextBlock": anElement(map[string]property{
		"text": text.must(), "color": color, "fontType": fontType, "horizontalAlignment": wordOf(horizontal...),
		"isSubtle": flag, "maxLines": positive, "size": fontSize, "weight": fontWeight, "wrap": flag,
	}),
	"RichTextBlock": anElement(map[string]property{
		"inlines": listOf("TextRun").must(), "horizontalAlignment": wordOf(horizontal...),
	}),
	"TextRun": {groups: []group{"TextRun"}, textToo: true, properties: map[string]property{
		"text": text.must(), "color": color, "fontType": fontType, "highlight": flag, "isSubtle": flag, "italic": flag,
		"selectAction": selectable, "size": fontSize, "strikethrough": flag, "underline": flag, "weight": fontWeight,
	}},
	"Image": {groups: []group{elementGroup, "Image"}, properties: with(elementProperties, map[string]property{
		"url": address.must(), "altText": text, "backgroundColor": text, "height": {kind: aSize, words: []string{"auto", "stretch"}},
		"horizontalAlignment": wordOf(horizontal...), "selectAction": selectable, "size": wordOf(imageSizes...),
		"style": wordOf("default", "person"), "width": pixels,
	})},
	"ImageSet": anElement(map[string]property{"images": listOf("Image").must(), "imageSize": wordOf(imageSizes...)}),
	"FactSet":  anElement(map[string]property{"facts": listOf("Fact").must()}),
	"Fact":     {groups: []group{"Fact"}, properties: map[string]property{"title": text.must(), "value": text.must()}},

	"Container": anElement(map[string]property{
		"items": listOf(elementGroup).must(), "selectAction": selectable, "style": style, "bleed": flag,
		"verticalContentAlignment": wordOf(vertical...), "backgroundImage": backdrop, "minHeight": pixels,
	}),
	"ColumnSet": anElement(map[string]property{
		"columns": listOf("Column"), "selectAction": selectable, "style": style, "bleed": flag, "minHeight": pixels,
		"horizontalAlignment": wordOf(horizontal...),
	}),
	"Column": {groups: []group{"Column"}, properties: map[string]property{
		"id": text, "isVisible": flag, "separator": flag, "spacing": spacing, "fallback": ignored, "requires": ignored,
		"items": listOf(elementGroup), "selectAction": selectable, "style": style, "bleed": flag,
		"verticalContentAlignment": wordOf(vertical...), "backgroundImage": backdrop, "minHeight": pixels,
		"width": {kind: aWidth, words: []string{"auto", "stretch"}},
	}},
	"ActionSet": anElement(map[string]property{"actions": listOf(buttonGroup).must()}),

	"Input.Text": anInput(map[string]property{
		"isMultiline": flag, "maxLength": positive, "placeholder": text, "regex": text, "value": text,
		"style": wordOf("text", "tel", "url", "email"), "inlineAction": selectable,
	}),
	"Input.Number": anInput(map[string]property{"max": number, "min": number, "placeholder": text, "value": number}),
	"Input.Date":   anInput(map[string]property{"max": date, "min": date, "placeholder": text, "value": date}),
	"Input.Time":   anInput(map[string]property{"max": clock, "min": clock, "placeholder": text, "value": clock}),
	"Input.Toggle": anInput(map[string]property{
		"title": text.must(), "value": text, "valueOff": text, "valueOn": text, "wrap": flag,
	}),
	"Input.ChoiceSet": anInput(map[string]property{
		"choices": listOf("Input.Choice").must(), "isMultiSelect": flag, "style": wordOf("compact", "expanded"),
		"value": text, "placeholder": text, "wrap": flag,
	}),
	"Input.Choice": {groups: []group{"Input.Choice"}, properties: map[string]property{
		"title": text.must(), "value": text.must(),
	}},

	"Action.OpenUrl": anAction(map[string]property{"url": address.must()}, buttonGroup, selectGroup),
	"Action.Submit": anAction(map[string]property{
		"data": {kind: anObject}, "associatedInputs": wordOf("auto", "none"),
	}, buttonGroup, selectGroup),
	"Action.ShowCard": anAction(map[string]property{
		"card": {kind: aChild, group: "AdaptiveCard", required: true},
	}, buttonGroup),
	"Action.ToggleVisibility": anAction(map[string]property{
		"targetElements": listOf("TargetElement"),
	}, buttonGroup, selectGroup),
	"TargetElement": {groups: []group{"TargetElement"}, textToo: true, properties: map[string]property{
		"elementId": text.must(), "isVisible": flag,
	}},
}

// required holds the names of the properties that each type wants, sorted.
var required = requiredProperties()

func requiredProperties() map[string][]string {
	names := map[string][]string{}
	for typeName, sh := range shapes {
		for _, name := range slices.Sorted(maps.Keys(sh.properties)) {
			if sh.properties[name].required {
				names[typeName] = append(names[typeName], name)
			}
		}
	}
	return names
}

// notDrawn holds types that authors know from elsewhere, and why they can't be used.
var notDrawn = map[string]string{
	"Media":          "Webex doesn't draw it",
	"Table":          "it came with 1.5",
	"Carousel":       "it came with 1.6",
	"Action.Execute": "it came with 1.4; use Action.Submit",
	"Action.Http":    "no version of the standard has it; use Action.Submit",
	"Data.Query":     "it came with 1.5",
}
