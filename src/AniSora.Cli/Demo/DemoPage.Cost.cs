using AniSora.Display;

namespace AniSora.Cli.Demo;

public static partial class DemoPage
{
    private static Html Cost(DemoResults results)
    {
        var run = results.Run;
        double longest = run.Stages.Select(s => s.Wall.TotalSeconds).DefaultIfEmpty(1).Max();
        var total = TimeSpan.FromSeconds(run.Stages.Sum(s => s.Wall.TotalSeconds));
        var rows = run.Stages.Select(s => Html.Of($"""
            <tr><th scope="row">{s.Name}<small>{s.Note}</small></th><td class="bar"><i style="width:{100 * s.Wall.TotalSeconds / longest:0.#}%"></i></td>
            <td class="number">{DemoText.Duration(s.Wall)}</td><td>{(s.Command.Length == 0 ? Html.Empty : Html.Of($"<code>{s.Command}</code>"))}</td></tr>
            """));
        var extras = new List<string>();
        if (run.PeakMemoryMebibytes is { } memory)
            extras.Add($"at most {DemoText.Grouped((long)Math.Round(memory))} MiB of memory");
        if (run.DownloadedMegabytes is { } downloaded)
            extras.Add($"{downloaded:0} MB downloaded");
        string besides = extras.Count == 0 ? "" : $", {string.Join(", ", extras)}";
        return HtmlPage.Section("cost", "What this run cost", Html.Of($"""
            <p class="what">{DemoText.Duration(total)} in all{besides}, on {run.Machine}. Each command can be run by itself.</p>
            <div class="scroll"><table class="cost"><thead><tr><th scope="col">Stage</th><th scope="col" colspan="2">Time</th><th scope="col">Command</th></tr></thead>
            <tbody>{rows}</tbody></table></div>
            """));
    }

    private static Html About(DemoResults results)
    {
        var model = results.Model;
        var sources = results.Data.Sources.Select(s => Html.Of($"""
            <li><b>{s.Name}</b> ({s.Licence}), from Debian's <code>{s.Package}</code>: {DemoText.Grouped(s.Clips)} clips</li>
            """));
        return HtmlPage.Section("about", "What this is, and what it is not", Html.Of($"""
            <div class="columns">
            <div><h3>A small model of a small world</h3>
            <p><b>{model.Name}</b> has {Millions(model.VaeParameters)} weights in its autoencoder and {Millions(model.DitParameters)} in its
            diffusion transformer, {model.Megabytes:0.0} MB in all, and takes {model.SampleSteps} steps to make a clip. It knows the few
            characters and movements shown above, at this size and length, and nothing else: given a photograph or another cartoon it
            will fail. The architecture is that of much larger published models; the size is not.</p></div>
            <div><h3>What “held out” means</h3>
            <p>The scored sequences, in every colour they come in, were never used to set a weight. They do come from the same games as
            the training clips, so the model has met the characters, though not these movements from these sides.</p>
            <p>Examples are chosen by a fixed rule, one action after the other in the order of the index, without looking at their scores.</p></div>
            <div><h3>The artists' work</h3>
            <ul>{sources}</ul>
            <p>The pictures here are taken or derived from these works and stay under their licences. Figures by plotly.js (MIT).</p></div>
            </div>
            <p class="colophon">The same numbers, clip by clip, are in <a href="report.json">report.json</a> beside this page.
            The page is one file and loads nothing from the network.</p>
            """));

        static string Millions(long count) => count < 995_000
            ? $"{DemoText.Grouped(count)}"
            : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{count / 1e6:0.0} million");
    }
}
