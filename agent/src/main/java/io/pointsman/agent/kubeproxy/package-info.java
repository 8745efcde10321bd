/** Detection and removal of what kube-proxy leaves on a node, in each of its modes. */
@NullMarked
package io.pointsman.agent.kubeproxy;

import org.jspecify.annotations.NullMarked;
