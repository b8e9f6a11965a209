// Command k6 is stock Grafana k6 of the second major version. Tests run the bundles on it.
package main

import "go.k6.io/k6/v2/cmd"

func main() {
	cmd.Execute()
}
