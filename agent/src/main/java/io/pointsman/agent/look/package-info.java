/** What a person looks at: Services with their figures, plans and what differs between two, connections; as records and JSON. */
package io.pointsman.agent.look;
