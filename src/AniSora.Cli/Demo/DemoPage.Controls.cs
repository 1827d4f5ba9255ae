using System.Globalization;
using AniSora.Display;
using AniSora.Evaluation;

namespace AniSora.Cli.Demo;

public static partial class DemoPage
{
    private const int ExamplesInSight = 2;

    private static Html Control(HtmlPage page, ControlResult control)
    {
        var (title, what) = Describe(control.Control);
        // With one key frame there is nothing to fade or move to: all rules give the same video, so one of them is enough.
        bool sameRules = control.Scores.Clips.All(c => c.Hold.Equals(c.CrossFade) && c.Hold.Equals(c.Flow));
        var scores = control.Scores;
        string verdict = sameRules
            ? $"{DemoText.Against(scores.OverHold.Psnr, "holding the first frame")} (the other rules have nothing to go to here, so they are the same)"
            : $"{DemoText.Against(scores.OverCrossFade.Psnr, "cross-fade")}, {DemoText.Against(scores.OverFlow.Psnr, "optical flow")}, {DemoText.Against(scores.OverHold.Psnr, "holding the first frame")}";
        var examples = control.Examples.Select((e, i) => Example(page, control, e, i, sameRules)).ToArray();
        var more = examples.Length <= ExamplesInSight ? Html.Empty : Html.Of($"""
            <details class="more"><summary>{DemoText.CountStart(examples.Length - ExamplesInSight)} more</summary>{examples.Skip(ExamplesInSight)}</details>
            """);
        return HtmlPage.Section(ControlResult.Name(control.Control), title, Html.Of($"""
            <p class="what">{what}</p>
            <p class="verdict">Over {DemoText.Grouped(scores.Clips.Count)} held-out clips, counting only what was left open, the model
            reaches <strong>{DemoText.PlusMinus(scores.Model.Psnr, "0.0", "\u00A0dB")}</strong>: {verdict}.</p>
            {examples.Take(ExamplesInSight)}{more}
            """));
    }

    private static (string Title, string What) Describe(DemoControl control) => control switch
    {
        DemoControl.FirstFrame => ("From the first frame",
            "The hardest case: one picture, and the caption says what happens next. Many continuations are right, so a score against the one real clip is a strict judge."),
        DemoControl.FirstLast => ("From the first and the last frame",
            "The model knows where the movement begins and where it ends, and has to find the way."),
        DemoControl.FirstMiddleLast => ("From the first, the middle and the last frame",
            "What an in-betweener does in a studio: the key drawings are there, the drawings between them are not."),
        _ => ("Only this region may move",
            "The first frame is given, and so is everything outside the hatched region at every moment. Inside it, the model animates."),
    };

    private static Html Example(HtmlPage page, ControlResult control, ControlSample sample, int index, bool sameRules)
    {
        var size = sample.Size;
        var guide = sample.GuideOrReal;
        var score = control.Scores.Clips.First(c => c.Clip == sample.Clip && c.Sequence == sample.Sequence);
        var hold = Wrap(Baselines.HoldFirst(guide.Pixels, sample.Mask, size));
        var given = guide.Masked(sample.Mask);
        bool[] flags = GivenFrames(sample);
        var tiles = new List<ClipTile>
        {
            new(given, "Given", ClipRole.Given, $"What the model was shown, the rest left open: {sample.Caption}")
            {
                Note = GivenNote(flags, control.Control),
            },
            new(sample.Result, "Model", ClipRole.Model, $"What the model made: {sample.Caption}") { Note = Note(score.Model), Large = true },
            new(sample.Real, "Real", ClipRole.Real, $"The real clip: {sample.Caption}") { Note = "never seen in training", Large = true },
        };
        if (!sameRules)
        {
            var faded = Wrap(Baselines.CrossFade(guide.Pixels, sample.Mask, size));
            tiles.Add(new(faded, "Cross-fade", ClipRole.Baseline, "The given frames blended into each other") { Note = Note(score.CrossFade) });
            var moved = Wrap(Baselines.Flow(guide.Pixels, sample.Mask, size));
            tiles.Add(new(moved, "Optical flow", ClipRole.Baseline, "The given frames moved along their motion and blended") { Note = Note(score.Flow) });
        }
        tiles.Add(new(hold, "Hold", ClipRole.Baseline, "The first frame, held") { Note = Note(score.Hold) });

        string strip = control.Control == DemoControl.MotionMask
            ? "The space-time mask over the clip, frame by frame: pictured is given, hatched may move"
            : "The guide frame by frame: pictured frames are given, hatched ones are left open";
        return HtmlPage.Player(
            new PlayerOptions($"{Describe(control.Control).Title}, example {index + 1}: {sample.Caption}", size.Frames) { GivenFrames = flags, Class = "example" },
            Html.Of($"""
                <p class="caption">{DemoText.Sentence(sample.Caption)}</p>
                <div class="tiles">{tiles.Select(page.Tile)}</div>
                {page.Strip(given, strip)}
                """));

        VideoFrames Wrap(byte[] pixels) => new(pixels, size.Frames, size.Height, size.Width);
        static string Note(Score s) => $"{DemoText.Decibel(s.Psnr)} · SSIM {s.Ssim:0.00}";
    }

    private static string GivenNote(bool[] flags, DemoControl control)
    {
        if (control == DemoControl.MotionMask)
            return "outside the region";
        var numbers = flags.Index().Where(f => f.Item).Select(f => (f.Index + 1).ToString(CultureInfo.InvariantCulture)).ToArray();
        return numbers.Length == 1 ? $"frame {numbers[0]}" : $"frames {string.Join(", ", numbers[..^1])} and {numbers[^1]}";
    }
}
