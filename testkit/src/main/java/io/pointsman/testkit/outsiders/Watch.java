package io.pointsman.testkit.outsiders;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Monitors an agent under attack: results of well-behaved clients, answers of its pages, its use of resources. */
public final class Watch implements AutoCloseable {
    private static final Duration PAGE_PATIENCE = Duration.ofSeconds(20);
    private static final long PAGES_MILLIS = 250;
    private static final long MEMORY_MILLIS = 50;

    private final AgentProcess agent;
    private final InnocentClient client;
    private final DnsClient dns;
    private final Tally pages = new Tally();
    private final AtomicLong peakResidentBytes = new AtomicLong();
    private final Loop pageLoop;
    private final Loop memoryLoop;
    private final long logLinesBefore;

    private Watch(Site site, AgentProcess agent, DnsClient dns) {
        this.agent = agent;
        this.dns = dns;
        logLinesBefore = agent.logLines();
        client = InnocentClient.start(site.innocent(), List.of(Site.QUIET_VIP, Site.SHARED_VIP));
        pageLoop = Loop.start("pages", () -> lookAtPages(site));
        memoryLoop = Loop.start("memory", () -> {
            peakResidentBytes.accumulateAndGet(agent.residentBytes(), Math::max);
            TimeUnit.MILLISECONDS.sleep(MEMORY_MILLIS);
        });
    }

    /** Starts to monitor. */
    public static Watch begin(Site site, AgentProcess agent) throws IOException {
        return new Watch(site, agent, DnsClient.start(site.innocent(), Site.DNS_VIP));
    }

    private void lookAtPages(Site site) throws InterruptedException {
        for (Target page : Site.pagesForNode()) {
            look(() -> Pages.get(site.node(), page, PAGE_PATIENCE));
        }
        look(() -> Pages.get(site.innocent(), Site.healthCheck(), PAGE_PATIENCE));
        TimeUnit.MILLISECONDS.sleep(PAGES_MILLIS);
    }

    private interface Look {
        String get() throws IOException;
    }

    private void look(Look look) {
        final long startNanos = System.nanoTime();
        try {
            Objects.requireNonNull(look.get());
            pages.answered(System.nanoTime() - startNanos);
        } catch (IOException e) {
            pages.lost(String.valueOf(e.getMessage()));
        }
    }

    /** Returns results of short connections to Services, one of which outsiders use too. */
    public Tally requests() {
        return client.tally();
    }

    /** Returns results of UDP queries with delayed answers. */
    public Tally queries() {
        return dns.tally();
    }

    /** Returns results for the agent's liveness and metrics, and a Service's health check. */
    public Tally pages() {
        return pages;
    }

    /** Returns the agent's highest resident memory, sampled every {@value #MEMORY_MILLIS} ms. */
    public long peakResidentBytes() {
        return peakResidentBytes.get();
    }

    /** Returns the number of lines that the agent has logged since the start. */
    public long logLines() {
        return agent.logLines() - logLinesBefore;
    }

    /** Formats the results so far, on one line. */
    @Override
    public String toString() {
        return "requests: " + requests() + "; queries: " + queries() + "; pages: " + pages() + "; resident at most "
                + (peakResidentBytes() >> 20) + " MiB; log lines: " + logLines();
    }

    /** Stops, after all outstanding requests are answered or lost. */
    @Override
    public void close() {
        client.close();
        pageLoop.finish();
        memoryLoop.close();
        dns.close();
    }
}
