// The settings there are, from the schema that is made from the daemon's own options.
import schema from '../../../protocol/aircher.config.schema.json';

/** One setting of the user's configuration file. */
export interface Setting {
  /** As `aircherd config set` takes it, such as `costs.daily_limit`. */
  readonly key: string;
  readonly about: string;
  /** Set when only these values are allowed. */
  readonly choices?: readonly string[];
}

/** The part of JSON Schema that schema uses. */
interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Node>>;
}

/** Every setting with a name of its own; those of a provider are named after the provider. */
export function settings(): Setting[] {
  return [...walk(schema, '')];
}

function* walk(node: Node, prefix: string): Generator<Setting> {
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    const key = prefix === '' ? name : `${prefix}.${name}`;
    if (child.properties !== undefined) yield* walk(child, key);
    else if (child.description !== undefined && child.type !== 'object') {
      const choices = child.enum ?? (child.type === 'boolean' ? ['true', 'false'] : undefined);
      yield { key, about: child.description, ...(choices === undefined ? {} : { choices }) };
    }
  }
}
