/**
 * What a person looks at: Services with their figures, plans and what differs between two, connections, and those that the engine
 * would not have allowed; as records, JSON and sentences.
 */
package io.pointsman.agent.look;
