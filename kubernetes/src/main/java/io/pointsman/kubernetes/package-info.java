/** Types shared by all sources of Kubernetes objects: limits, quoting, and exceptions for unreadable or refused input. */
@NullMarked
package io.pointsman.kubernetes;

import org.jspecify.annotations.NullMarked;
