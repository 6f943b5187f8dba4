// Package cards is how an answer looks: the card templates beside this file, and the code that
// loads, overlays, expands and checks them. It knows neither what is asked nor of whom, sends
// nothing, imports nothing of ours, and may be imported by whoever makes or shows an answer.
//
// # A card is two kinds of files
//
// NAME.json is an Adaptive Card of version 1.3 written in the official templating language; it
// opens in the public card designer as it is. NAME.data.json beside it is sample data, required:
// it is the contract with the program's view model, and what the designer's "Sample data editor"
// wants. NAME.VARIANT.data.json are further samples (an empty list, an error). A site may lay its
// own NAME.json over a built-in one; it must expand with the built-in samples too.
//
// # The language
//
// The language is the part of the official one in which our engine and Microsoft's give the same
// JSON. What lies outside is refused when the card is loaded, with file, line and JSON pointer;
// what the data can't satisfy is an error when the card is expanded, never a half-filled card.
//
//	"text": "${title}"                       a field of the data; keeps its type when it stands alone
//	"text": "${count(rows)} of ${total}"     texts, numbers, true and false may stand in a longer text
//	"value": "${site.rooms[0].name}"         fields of fields, elements by number from 0
//	"text": "${$root.title}"                 from the top of the data
//	"items": "${inputs}"                     a list or an object is put in whole
//	"choices": [{"$data": "${devices}", "title": "${name}", "value": "${id}"}]
//	                                         the object, once for each element of the list: within it,
//	                                         fields are those of the element, $data is the element
//	                                         itself, and $index its number from 0
//	{"type": "TextBlock", "$when": "${note != ''}", ...}
//	                                         the object only if the condition is true
//
// $data takes one ${path}, and $when one ${condition}; neither may stand on the card itself. An
// object that is left out of a list is gone; one that is the value of a property becomes null.
//
// A condition is true or false, nothing else counts as either. It is made of
//
//	== != < <= > >=          one of them at a time: (a == 1) == b needs its parentheses;
//	                         < <= > >= compare numbers, == and != also texts and true and false
//	&& || !                  the right side is not looked at when the left one decides
//	'text' 12 1.5 true false
//	if(condition, a, b)      a or b
//	exists(path)             whether the field is there and isn't null
//	count(path)              the length of a list
//	empty(path)              whether a list or a text has nothing in it
//
// There is nothing more on purpose: what needs arithmetic, joining or formatting is computed in the
// view model. A string with ${ } holds neither a backtick nor a backslash. Letter case matters in
// names, and two names of one object may not differ in case alone. null can't be shown. Numbers go
// up to 2^53 - 1; larger ones come as texts. Data is never read as a template: a device that calls
// itself ${x} doesn't make the program look for x.
//
// # The check
//
// Every expanded card is checked against version 1.3 and what Webex draws of it: see Check.
package cards
