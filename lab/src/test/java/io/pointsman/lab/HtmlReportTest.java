package io.pointsman.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.lab.LabReport.ModeReport;
import io.pointsman.lab.StepResult.Verdict;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.spi.FlowRecord.Tuple;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HtmlReportTest {
    private static final String EVIL = "<script>alert('\"&')</script>";
    private static final Tuple PACKET =
            new Tuple(Protocol.TCP, IpAddress.parse("198.51.100.79"), 40_000, IpAddress.parse("10.240.0.5"), 30_080);

    private static StepResult step(String text, Verdict verdict, Optional<Journey> journey) {
        return new StepResult(text, text, text, text, text, text, verdict, 1, journey);
    }

    @Test
    void shouldTakeTextForTextWhenItLooksLikeMarkup() throws IOException {
        final Journey journey = new Journey(
                List.of(
                        new Journey.Stop(EVIL, EVIL, Optional.empty(), Optional.of(PACKET), List.of(EVIL), true),
                        new Journey.Stop(EVIL, "node", Optional.of(PACKET), Optional.empty(), List.of(EVIL), false)),
                EVIL,
                List.of(EVIL),
                List.of(EVIL));
        final String page = HtmlReport.of(new LabReport(
                List.of(
                        new ModeReport(EVIL, "", List.of(step(EVIL, Verdict.FAILED, Optional.of(journey)))),
                        new ModeReport(EVIL, EVIL, List.of())),
                1.5));

        assertThat(page).doesNotContain("<script", "alert('").contains("&lt;script&gt;alert(&#39;&quot;&amp;&#39;)");
    }

    @Test
    void shouldDrawEveryHopWithItsPacket() {
        final String svg = JourneyDrawing.svg(new Journey(
                List.of(
                        new Journey.Stop("client", "client", Optional.empty(), Optional.of(PACKET), List.of(), true),
                        new Journey.Stop(
                                "kubernetes-node-cx31",
                                "node",
                                Optional.of(PACKET),
                                Optional.empty(),
                                List.of("drop: no endpoint here"),
                                true)),
                "",
                List.of(),
                List.of()));

        assertThat(svg)
                .contains(">client<", ">198.51.100.79:40000<", ">to 10.240.0.5:30080<", ">kubernetes-node-cx31<")
                .contains(">drop: no endpoint here<");
    }

    @Test
    void shouldPutTheTableBetweenItsMarksWhenThePageHasThem() {
        final LabReport report = new LabReport(
                List.of(new ModeReport(
                        "iptables",
                        "",
                        List.of(
                                new StepResult("S", "a|b", "IPv4", "", "1", "1", Verdict.PASSED, 1, Optional.empty()),
                                new StepResult(
                                        "S", "a|b", "IPv6", "", "2", "3", Verdict.FAILED, 1, Optional.empty())))),
                1);

        assertThat(MarkdownTable.lines(report))
                .containsExactly(
                        "| step | expected | iptables |",
                        "|---|---|---|",
                        "| **S** | | |",
                        "| a\\|b | `1`<br>`2` | **fails** |");
    }
}
