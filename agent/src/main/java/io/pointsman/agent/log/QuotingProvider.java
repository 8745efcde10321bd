package io.pointsman.agent.log;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Logger;
import org.slf4j.simple.SimpleServiceProvider;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * The agent's log: standard error through slf4j-simple, with all text from outside quoted. It is selected only by name,
 * so that a program that embeds an agent keeps its own log.
 */
public final class QuotingProvider implements SLF4JServiceProvider {
    private final SimpleServiceProvider simple = new SimpleServiceProvider();
    private final ConcurrentMap<String, Logger> loggers = new ConcurrentHashMap<>();

    /** Selects this log for the process; call it before anything logs. */
    public static void use() {
        System.setProperty("slf4j.provider", QuotingProvider.class.getName());
        System.setProperty(
                "slf4j.internal.verbosity", "WARN"); // else it reports at each start that it uses this provider
    }

    @Override
    public void initialize() {
        simple.initialize();
    }

    @Override
    public ILoggerFactory getLoggerFactory() {
        return this::logger;
    }

    private Logger logger(String name) {
        return loggers.computeIfAbsent(
                name, some -> new QuotingLogger(simple.getLoggerFactory().getLogger(some)));
    }

    @Override
    public IMarkerFactory getMarkerFactory() {
        return simple.getMarkerFactory();
    }

    @Override
    public MDCAdapter getMDCAdapter() {
        return simple.getMDCAdapter();
    }

    @Override
    public String getRequestedApiVersion() {
        return simple.getRequestedApiVersion();
    }
}
