/** Network namespaces: making, entering, removing them. */
package io.pointsman.linux.netns;
