/**
 * The source-ip lab: Kubernetes' tutorial "Using Source IP" played on one machine, in network namespaces, with a real agent
 * for each node. Root and Linux only; touches no interface, rule or route of the machine's own.
 */
package io.pointsman.lab;
