/** Health replies for load balancers and the kubelet: each Service's health check node port, and the proxy's own health. */
package io.pointsman.agent.health;
