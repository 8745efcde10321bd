package io.pointsman.agent.config;

import io.pointsman.model.ConfigException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * Fields given of a {@code KubeProxyConfiguration}: by a file, by kube-proxy's flags, or by both, in which case flags
 * win. A field that is empty or null counts as not given, as in kube-proxy.
 */
public final class KubeProxyConfiguration {
    static final String API_VERSION = "kubeproxy.config.k8s.io/v1alpha1";
    static final String KIND = "KubeProxyConfiguration";

    private final Map<KubeProxyField, Given> given = new EnumMap<>(KubeProxyField.class);

    /** @param place file and line, or flag */
    private record Given(String text, String place) {}

    /** Creates a configuration with no field given. */
    public KubeProxyConfiguration() {}

    /** Sets a field's value, or removes the field if the value is empty. */
    public void put(KubeProxyField field, String text, String place) {
        if (text.isEmpty()) {
            given.remove(field);
        } else {
            given.put(field, new Given(text, place));
        }
    }

    /** Sets all fields that another configuration has. */
    void putAll(KubeProxyConfiguration other) {
        given.putAll(other.given);
    }

    public boolean isEmpty() {
        return given.isEmpty();
    }

    /**
     * Applies the fields to a configuration.
     *
     * @param isWhole whether this is the whole configuration, so that a field not given has kube-proxy's default
     * @throws ConfigException naming place, field, value and what is allowed
     */
    void apply(AgentConfig.Builder config, boolean isWhole) throws ConfigException {
        final KubeProxyTarget target =
                new KubeProxyTarget(config, Runtime.getRuntime().availableProcessors(), isWhole);
        if (given.containsKey(KubeProxyField.MODE)) {
            apply(KubeProxyField.MODE, target);
        } else if (isWhole) {
            target.emptyMode();
        }
        for (KubeProxyField field : given.keySet()) {
            if (field != KubeProxyField.MODE) {
                apply(field, target);
                note(field, config);
            }
        }
        try {
            target.finish();
        } catch (ConfigException e) {
            throw new ConfigException(KIND + ": " + e.getMessage(), e);
        }
    }

    private void apply(KubeProxyField field, KubeProxyTarget target) throws ConfigException {
        final Given value = Optional.ofNullable(given.get(field)).orElseThrow();
        try {
            KubeProxyTarget.check(field.kind(), value.text());
            field.effect().apply(target, value.text());
        } catch (ConfigException e) {
            throw new ConfigException(value.place() + ": " + field.path() + ": " + e.getMessage(), e);
        }
    }

    private static void note(KubeProxyField field, AgentConfig.Builder config) {
        if (field.treatment() == KubeProxyField.Treatment.NOT_APPLICABLE) {
            config.note(field.path() + ": not applicable: " + field.description());
        }
    }
}
