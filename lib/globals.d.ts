// What esbuild and k6 provide at run time. A require'd module is evaluated only when the call is reached, so that a
// virtual user pays for nothing but the system it drives.
declare function require(path: string): unknown

declare const console: Record<'debug' | 'info' | 'warn' | 'error', (message: string) => void>

declare function setTimeout(deed: () => void, delayMs: number): unknown
