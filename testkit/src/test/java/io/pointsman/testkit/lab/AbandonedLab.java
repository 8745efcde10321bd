package io.pointsman.testkit.lab;

import java.io.IOException;

/** A process that builds a lab, starts a program in it, reports that, and waits to be killed. */
final class AbandonedLab {
    private AbandonedLab() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        try (Lab lab = Lab.open()) {
            final LabHost left = lab.addHost("left");
            lab.connect(left, "eth0", lab.addHost("right"), "eth0");
            final Process program = left.start(new ProcessBuilder("sleep", "1000"));
            System.out.println(program.pid());
            Thread.sleep(Long.MAX_VALUE);
        }
    }
}
