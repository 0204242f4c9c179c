// Plain JavaScript: stripping types takes longer than what is measured here.
import Module from 'node:module';

/**
 * Loads the modules that it is given, in a process of its own, as the Functions worker loads an app: the worker answers
 * `@azure/functions-core` itself, to whoever requires it.
 */
const core = {
  version: '4.0.0',
  hostVersion: '4.0.0',
  setProgrammingModel: () => {},
  registerFunction: () => ({ dispose: () => {} }),
  registerHook: () => ({ dispose: () => {} }),
};
const load = Module.prototype.require;
Module.prototype.require = function require(name) {
  return name === '@azure/functions-core' ? core : Reflect.apply(load, this, [name]);
};

for (const module of process.argv.slice(2)) await import(module);
