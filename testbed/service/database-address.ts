// Where PostgreSQL's client would connect to for an address, which is more than the host between its slashes: a parameter
// host= and a socket's folder count, too. Nothing is left to variables of the environment such as PGHOST.
import pg from 'pg'

export interface DatabaseAddress {
  /** A name, an IP address (IPv6 in brackets), or the folder of a socket, which begins with a slash. */
  host: string
  port: number
  database: string
  /** The same address with its host, port and database written out, for whoever else reads it. Holds the password. */
  url: string
}

const usualPort = '5432'
const hostName = /^[A-Za-z0-9_][A-Za-z0-9._-]*$|^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*$|^\/[^\0,]*$/
/** What decides how a connection is secured. All else would change whose connections they seem to be, or what they find. */
const security = ['ssl', 'sslmode', 'sslcert', 'sslkey', 'sslrootcert', 'sslnegotiation', 'uselibpqcompat']

/**
 * `further` are parameters that may stand in the address besides host, port and those of TLS.
 * @throws Error that says what is wrong with it. Never shows the address, which may hold a password.
 */
export function databaseAddress(text: string, further: string[] = []): DatabaseAddress {
  const url = parsed(text)
  const { searchParams: parameters } = url
  const strange = [...new Set(parameters.keys())].filter(
    (name) => !['host', 'port', ...security, ...further].includes(name),
  )
  if (strange.length > 0) throw new Error(`the parameter ${strange.join(', ')} may not be in the address`)
  const host = parameters.getAll('host').at(-1) || decodeURIComponent(url.hostname).replace(/^\[|\]$/g, '')
  if (host === '') throw new Error('it names no host')
  if (!hostName.test(host)) throw new Error('its host is neither one name, nor one address, nor a folder')
  const port = parameters.getAll('port').at(-1) || url.port || usualPort
  if (!/^\d{1,5}$/.test(port)) throw new Error('its port is no number')
  if (url.pathname.length < 2) throw new Error('it names no database, as in postgres://host:port/database')
  const isSocket = host.startsWith('/')
  parameters.delete('host')
  parameters.delete('port')
  url.hostname = isSocket ? 'localhost' : host.includes(':') ? `[${host}]` : host
  url.port = isSocket ? '' : port
  if (isSocket) {
    parameters.set('host', host)
    parameters.set('port', port)
  }
  return { ...connectedTo(url.href), url: url.href }
}

function parsed(text: string): URL {
  try {
    // A user before no host, as for a socket, is none for the standard.
    const url = new URL(/[?&]host=/.test(text) ? text.replace('@/', '@localhost/') : text)
    if (url.protocol === 'postgres:' || url.protocol === 'postgresql:') return url
  } catch {
    // Its message would repeat the address.
  }
  throw new Error('expected an address like postgres://user@host:port/database')
}

/** As databaseAddress. @throws Error that names the field or variable which the address stands in, and never shows it. */
export function databaseAddressIn(field: string, text: string, further: string[] = []): DatabaseAddress {
  try {
    return databaseAddress(text, further)
  } catch (error) {
    throw new Error(`${field}: ${(error as Error).message}`)
  }
}

/** The client itself says where it would connect to; it is made, and not connected. */
function connectedTo(connectionString: string): Omit<DatabaseAddress, 'url'> {
  let client: pg.Client
  try {
    client = new pg.Client({ connectionString })
  } catch (error) {
    throw new Error(
      `its TLS settings cannot be used: ${(error as NodeJS.ErrnoException).code ?? 'see sslmode'}`,
    )
  }
  const { host, port, database } = client
  return { host: host.includes(':') ? `[${host}]` : host, port, database: database ?? '' }
}
