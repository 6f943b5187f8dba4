// Package cards holds the card templates beside this file, and the code that loads, overlays, expands
// and checks them. It sends nothing, and it depends on neither queries nor devices. It imports no other
// package of the program; any package that makes or shows a reply may import it.
//
// # A card is two kinds of files
//
// NAME.json is an Adaptive Card of version 1.3 written in the official templating language; it
// opens in the public card designer unchanged. NAME.data.json beside it is required: sample data that
// defines which fields the program's view model has, for the designer's "Sample data editor".
// NAME.VARIANT.data.json are further samples (an empty list, an error). A site may replace a built-in
// card with its own NAME.json; that card must expand with the built-in samples too.
//
// # The language
//
// The language is the subset of the official one for which this engine and Microsoft's return the same
// JSON. Anything else is refused when the card is loaded, with file, line and JSON pointer. If the data
// lacks something, expanding the card returns an error, never a card with gaps.
//
//	"text": "${title}"                       a field of the data; keeps its type if it is the whole string
//	"text": "${count(rows)} of ${total}"     texts, numbers, true and false may be part of a longer text
//	"value": "${site.rooms[0].name}"         fields of fields, elements by number from 0
//	"text": "${$root.title}"                 from the top of the data
//	"items": "${inputs}"                     a list or an object is inserted unchanged
//	"choices": [{"$data": "${devices}", "title": "${name}", "value": "${id}"}]
//	                                         the object, once for each element of the list: within it,
//	                                         fields are those of the element, $data is the element
//	                                         itself, and $index its number from 0
//	{"type": "TextBlock", "$when": "${note != ''}", ...}
//	                                         the object only if the condition is true
//
// $data takes one ${path}, and $when one ${condition}; the card itself may have neither. If $when is
// false, an object in a list is left out; one that is the value of a property becomes null.
//
// A condition must be a boolean; other types aren't converted. Its parts are
//
//	== != < <= > >=          one at a time: (a == 1) == b needs the parentheses;
//	                         < <= > >= compare numbers, == and != also texts and true and false
//	&& || !                  the right side is evaluated only if the left one doesn't decide
//	'text' 12 1.5 true false
//	if(condition, a, b)      a or b
//	exists(path)             whether the field is there and isn't null
//	count(path)              the length of a list
//	empty(path)              whether a list or a text is empty
//
// There is nothing else on purpose: arithmetic, joining and formatting belong in the view model. A string
// with ${ } can't contain a backtick or a backslash. Names are case-sensitive, and two names of one object
// may not differ in case alone. null can't be shown. Numbers go up to 2^53 - 1; larger ones must be
// texts. Data is never read as a template: a device named ${x} is shown as ${x}.
//
// # The check
//
// Every expanded card is checked against version 1.3 and against what Webex draws of it: see Check.
//
// Reading order: problem.go, value.go, data.go, eval.go, expr.go, template.go, compile.go, item.go,
// vocabulary.go, rules.go, check.go, embed.go, set.go.
package cards
