// Answers JSON lines on stdin with JSON lines on stdout, so that one process serves a whole test:
//   {"template": ..., "data": ...}  ->  {"card": ...} or {"error": "..."}   what the official template engine makes of it
//   {"check": card}                 ->  {"events": ["..."]}                 what the official renderer has to say at version 1.3
const { Template } = require('adaptivecards-templating');
const cards = require('adaptivecards/dist/adaptivecards.js'); // lib/ is for bundlers

function expand(template, data) {
  const card = new Template(template).expand({ $root: data });
  return card === undefined ? { error: 'nothing' } : { card };
}

function check(json) {
  const context = new cards.SerializationContext(cards.Versions.v1_3);
  const card = new cards.AdaptiveCard();
  card.parse(json, context);
  const events = [];
  for (let i = 0; i < context.eventCount; i++) events.push(context.getEventAt(i).message);
  for (const event of card.validateProperties().validationEvents) events.push(event.message);
  return { events };
}

require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  let answer;
  try {
    const question = JSON.parse(line);
    answer = 'check' in question ? check(question.check) : expand(question.template, question.data);
  } catch (e) {
    answer = { error: String((e && e.message) || e) };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
});
