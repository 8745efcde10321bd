/**
 * The source-ip lab: runs Kubernetes' tutorial "Using Source IP" on one machine, in network namespaces, with a real agent
 * for each node. Needs Linux and root; changes no interface, rule or route of the machine itself.
 */
package io.pointsman.lab;
