/**
 * What those do to a node who only have a socket: each behaviour a small class, a site to show it at with a real agent, and a
 * watch beside it that counts what a client who means no harm loses by it.
 */
package io.pointsman.testkit.outsiders;
