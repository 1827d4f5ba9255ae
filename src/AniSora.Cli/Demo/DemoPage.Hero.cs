using AniSora.Display;

namespace AniSora.Cli.Demo;

public static partial class DemoPage
{
    private const int HeroClips = 4;

    /// <summary>The most telling control first: with three frames given one sees both what was kept and what was made.</summary>
    private static Html Hero(HtmlPage page, DemoResults results)
    {
        var control = results.Controls.FirstOrDefault(c => c.Control == DemoControl.FirstMiddleLast) ?? results.Controls[0];
        var examples = control.Examples.Take(HeroClips).ToArray();
        int frames = examples[0].Real.Frames;
        bool[] given = GivenFrames(examples[0]);
        int keys = given.Count(g => g);
        var columns = examples.Select(e => Html.Of($"""
            <div class="pair">
            {page.Stills(e.GuideOrReal, KeyFrames(e), "Given")}
            {page.Tile(new ClipTile(e.Result, "the model", ClipRole.Model, $"What the model made: {e.Caption}") { Large = true })}
            {page.Tile(new ClipTile(e.Real, "the real clip", ClipRole.Real, $"The real clip: {e.Caption}") { Large = true })}
            </div>
            """));
        var player = HtmlPage.Player(
            new PlayerOptions($"{examples.Length} held-out clips: the model above, the real clip below", frames) { GivenFrames = given },
            Html.Of($"""<div class="pairs">{columns}</div>"""));
        return Html.Of($"""
            <header class="hero">
            <p class="eyebrow">AniSora · demo of {results.Run.Started:d MMMM yyyy}</p>
            <h1>{DemoText.CountStart(keys)} {(keys == 1 ? "frame" : "frames")} in. {DemoText.CountStart(frames)} out.</h1>
            <p class="lead">A small model was shown only the <span class="key real">given frames</span> of each clip, and made all
            <span class="key model">the others</span> itself. The upper row is its work; the lower row is the real animation, from
            sequences it never saw while learning. The border of its picture turns teal for a moment whenever a given frame comes by.</p>
            {player}
            {Facts(results, control)}
            </header>
            """);
    }

    private static Html Facts(DemoResults results, ControlResult best)
    {
        var model = results.Model;
        var trained = model.VaeTraining + model.DitTraining;
        var training = trained == TimeSpan.Zero ? Html.Empty : Html.Of($"""
            <div><dt>of training on two processor cores, no GPU</dt><dd>{DemoText.Duration(trained)}</dd></div>
            """);
        var gain = best.Scores.OverCrossFade.Psnr;
        return Html.Of($"""
            <dl class="facts">
            <div><dt>held-out clips scored, each way</dt><dd>{DemoText.Grouped(best.Scores.Clips.Count)}</dd></div>
            <div><dt>dB against a cross-fade of the same frames</dt><dd>{DemoText.PlusMinus(gain, "+0.0;−0.0")}</dd></div>
            <div><dt>megabytes, all weights of the model</dt><dd>{model.Megabytes:0.0}</dd></div>
            <div><dt>to make one clip on this machine</dt><dd>{DemoText.Duration(TimeSpan.FromSeconds(model.SecondsPerClip))}</dd></div>
            {training}
            </dl>
            """);
    }

    private static Html Guide() => Html.Of($"""
        <section class="guide" id="reading" aria-label="How to read this page">
        <div><h3><i class="swatch real"></i>Real and given</h3><p>Animation made by people. Some of it is handed to the model:
        single frames, or everything outside a region. Handed-over pixels never count in a score.</p></div>
        <div><h3><i class="swatch hatch"></i>Left open</h3><p>The hatched part of a film strip is what the model has to invent.
        Point at a strip to stop there; with the keyboard, <kbd>Space</kbd> plays and <kbd>←</kbd> <kbd>→</kbd> step.</p></div>
        <div><h3><i class="swatch model"></i>Made by the model</h3><p>Starts as noise around the optical flow of what was
        given, and is cleaned up step by step, guided by that and by the caption.</p></div>
        <div><h3><i class="swatch baseline"></i>Rules to beat</h3><p>No model at all: <em>hold</em> repeats the first frame,
        <em>cross-fade</em> blends from one given frame to the next, <em>optical flow</em> moves their pixels along as well.</p></div>
        </section>
        """);

    /// <summary>The numbers of the frames that were given whole.</summary>
    private static IEnumerable<int> KeyFrames(ControlSample sample) => GivenFrames(sample).Index().Where(f => f.Item).Select(f => f.Index);

    /// <summary>Which frames were given whole.</summary>
    private static bool[] GivenFrames(ControlSample sample)
    {
        int places = sample.Real.Height * sample.Real.Width;
        return [.. Enumerable.Range(0, sample.Real.Frames).Select(t => !sample.Mask.AsSpan(t * places, places).Contains((byte)0))];
    }
}
