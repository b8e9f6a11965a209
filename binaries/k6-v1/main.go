// Command k6 is stock Grafana k6 of the first major version, without any extension. Tests run the bundles on it.
package main

import "go.k6.io/k6/cmd"

func main() {
	cmd.Execute()
}
