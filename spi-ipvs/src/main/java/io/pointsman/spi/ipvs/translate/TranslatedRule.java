package io.pointsman.spi.ipvs.translate;

import io.pointsman.linux.ipset.IpsetElement;
import io.pointsman.linux.ipvs.ServerKey;
import io.pointsman.model.IpAddress;
import io.pointsman.spi.RuleProblem;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Translation of one rule.
 *
 * @param servers virtual servers by key
 * @param elements elements of ipsets
 * @param vips addresses that this node must have
 */
public record TranslatedRule(
        Map<ServerKey, ServerConfig> servers,
        Set<IpsetElement> elements,
        Set<IpAddress> vips,
        List<RuleProblem> problems) {
    public static final TranslatedRule NONE = new TranslatedRule(Map.of(), Set.of(), Set.of(), List.of());

    public TranslatedRule {
        servers = Map.copyOf(servers);
        elements = Set.copyOf(elements);
        vips = Set.copyOf(vips);
        problems = List.copyOf(problems);
    }
}
