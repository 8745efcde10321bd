/** Network namespaces: created, entered, removed. */
package io.pointsman.linux.netns;
