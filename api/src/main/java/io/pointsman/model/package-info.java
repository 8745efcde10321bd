/**
 * Model of a cluster: Services, EndpointSlices and Nodes as values that are checked when created, and the sources they come
 * from. It does not depend on plans.
 */
package io.pointsman.model;
