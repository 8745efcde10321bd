package io.pointsman.agent.status;

import io.pointsman.model.ServicePortName;
import io.pointsman.spi.ServiceFigures;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Sorts a backend's figures by name. A backend lists the service ports in the same order until one comes or goes, so they are
 * compared again only then: comparing ten thousand names takes longer than all the rest of a page of metrics.
 *
 * <p>Not thread-safe.
 */
final class NameOrder {
    private List<ServicePortName> listed = List.of();
    private int[] positions = {}; // in listed, by name

    /** Returns the figures in order of name. */
    List<ServiceFigures> sorted(List<ServiceFigures> figures) {
        if (!isListed(figures)) {
            listed = figures.stream().map(ServiceFigures::port).toList();
            positions = IntStream.range(0, listed.size())
                    .boxed()
                    .sorted(Comparator.comparing(listed::get))
                    .mapToInt(Integer::intValue)
                    .toArray();
        }
        final List<ServiceFigures> sorted = new ArrayList<>(figures.size());
        for (int position : positions) {
            sorted.add(figures.get(position));
        }
        return sorted;
    }

    private boolean isListed(List<ServiceFigures> figures) {
        if (figures.size() != listed.size()) {
            return false;
        }
        for (int i = 0; i < listed.size(); i++) {
            if (!figures.get(i).port().equals(listed.get(i))) {
                return false;
            }
        }
        return true;
    }
}
