/** A process for tests, which behaves as its argument says. */
const [behaviour] = process.argv.slice(2);
process.once('disconnect', () => process.exit(0));

switch (behaviour) {
  case 'fails':
    process.stderr.write('first line\nthe port is taken\n');
    process.exit(3);
    break;
  case 'stubborn':
    process.on('SIGTERM', () => {});
    process.send?.({ ready: behaviour });
    break;
  case 'silent':
    // The open channel keeps it alive.
    process.on('message', () => {});
    break;
  default:
    process.stdout.write('up\n');
    process.on('message', () => {});
    process.send?.({ ready: behaviour });
}
// A stubborn one must stay alive, too.
setInterval(() => {}, 60_000);
