/** What load balancers and the kubelet ask: each Service's health check node port, and the proxy's own health. */
package io.pointsman.agent.health;
