import { commands } from '../src/cli/commands/index.ts';

/** docs/cli.md out of the commands' own help, so that the page and the terminal say the same. */

const loaded = await Promise.all(
  commands.map(async ({ name, summary, load }) => ({ name, summary, help: (await load()).help })),
);

/** The sentences behind "Exit code:", in one line. */
function exitsOf(help: string): string {
  const [, text = ''] = /\nExit code: ([\s\S]*?)\n\n/.exec(`${help}\n\n`) ?? [];
  return text.replace(/\s+/g, ' ').trim();
}

const rows = loaded.map(({ name, summary, help }) => `| [\`${name}\`](#${name}) | ${summary} | ${exitsOf(help)} |`);
const sections = loaded.map(({ name, help }) => `## ${name}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\`\n`);

export const cliPage = `# The command line

Generated from the commands' own help.

| command | what it does | exit code |
|---|---|---|
${rows.join('\n')}

What holds for all of them:

- 2 is bad usage, or input, Azure or storage that cannot be read: one line on stderr, never a stack trace.
- \`--json\` prints one JSON object with its \`schema\`. Its keys are a contract; text for people is not.
- Progress goes to stderr, and only where that is a terminal. Colour is for terminals as well; \`NO_COLOR\` and \`--no-color\` turn it off, \`FORCE_COLOR\` and \`--color\` turn it on.
- Names, paths and log fields come from outside; what a terminal would act on is taken out of them.
- Whoever reads Azure does so with your own sign-in (\`az login\`, or what @azure/identity finds), and changes nothing.
- \`source <(appgw-triage completion bash)\` completes commands and options; zsh and fish have theirs.

\`doctor --json\` prints \`{ "schema": "appgw-triage/doctor@1", "state", "counts": { "fail", "warn", "unknown", "ok" }, "groups": [ { "gateway"?, "findings": [ { "check", "state", "says", "mend"?: { "text"?, "command"? } } ] } ] }\`: the worst state of all, how many of each, first what is looked at once, then each gateway. The states are \`ok\`, \`warn\`, \`fail\`, and \`unknown\` for what could not be read.

${sections.join('\n')}`;
