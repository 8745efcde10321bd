/** Responses of an API server to lists and watches: pages, items, events, statuses. */
@NullMarked
package io.pointsman.kubernetes.api;

import org.jspecify.annotations.NullMarked;
