/** What kube-proxy leaves on a node, in each of its modes, and how to take it away. */
@NullMarked
package io.pointsman.agent.kubeproxy;

import org.jspecify.annotations.NullMarked;
