using System.Globalization;
using System.Text.Json;
using AniSora.Data;
using AniSora.Data.Pipeline;
using AniSora.Data.Pipeline.Reporting;
using AniSora.Display;
using AniSora.Kernels;

namespace AniSora.Cli.Report;

/// <summary>A small page about one clip: the clip, its flow, its mask, where it comes from, and every score.</summary>
internal static class ClipPage
{
    private static readonly string[] _long = ["clip_id", "caption", "caption_variants", "caption_suffix", "source_path", "attribution", "checksum", "shard", "tensor", "sequence_id", "mask_shard", "mask_tensor"];

    /// <summary>Writes the page.</summary>
    /// <param name="folder">A finished data set.</param>
    /// <param name="clip">The clip's name, or a part of it that only one clip has.</param>
    /// <param name="path">The HTML file.</param>
    /// <exception cref="InputException">There is no such clip, a shard is damaged, or the page cannot be written.</exception>
    public static void Write(DatasetFolder folder, string clip, string path)
    {
        using var summary = new DatasetSummary(folder);
        using var store = new FrameStore(folder.Root);
        var shown = CandidateClip.Read(summary, store, clip);
        var facts = shown.Facts;
        var flow = Flow(shown);
        var page = new HtmlPage(facts["clip_id"], $"Clip {facts["clip_id"]}: {facts["caption"]}");
        string verdict = facts["removed_by"].Length == 0 ? $"kept, {facts["split"]}" : $"removed: {facts["removed_by"]}{(facts["duplicate_of"].Length > 0 ? $" of {facts["duplicate_of"]}" : "")}";
        page.Add(Html.Of($"""
            <main><header class="hero"><p class="eyebrow">Clip · {verdict}</p><h1>{facts["caption"]}</h1><p class="lead"><code>{facts["clip_id"]}</code></p></header>
            {Pictures(page, shown, flow)}{Motion(page, shown, flow)}{Origin(facts)}{Scores(facts)}</main>
            """));
        try
        {
            AtomicFile.WriteText(path, page.Render());
        }
        catch (FileNotFoundException e)
        {
            throw new InputException(e.Message, e);
        }
    }

    private static Html Pictures(HtmlPage page, CandidateClip clip, FlowField[] flow)
    {
        var video = new VideoFrames(clip.Rgb, clip.Frames, clip.Height, clip.Width);
        double fps = double.Parse(clip.Facts["fps"], CultureInfo.InvariantCulture);
        var mask = new VideoFrames(Greys(clip.Mask), clip.Frames, clip.Height, clip.Width);
        return HtmlPage.Player(new PlayerOptions("The clip, its mask and its flow", clip.Frames) { FramesPerSecond = fps }, Html.Of($"""
            <div class="tiles">
            {page.Tile(new ClipTile(video, "Clip", ClipRole.Real, clip.Facts["caption"]) { Large = true, Note = $"{clip.Frames} frames of {clip.Width}×{clip.Height}, {fps:0.##} a second" })}
            {page.Tile(new ClipTile(mask, "Mask", ClipRole.Given, "White where the foreground is or something moves") { Note = $"from {clip.Facts["mask_origin"]}" })}
            {page.Tile(new ClipTile(video.Masked(clip.Mask), "Inside the mask", ClipRole.Given, "The clip where the mask is white"))}
            {page.Tile(new ClipTile(Paint(flow, clip), "Optical flow", ClipRole.Baseline, "Colour is direction, saturation is speed") { Note = "colour: direction, saturation: speed" })}
            </div>{page.Strip(video, "All frames of the clip")}
            """));
    }

    private static byte[] Greys(byte[] mask)
    {
        var rgb = new byte[3 * mask.Length];
        for (int i = 0; i < mask.Length; i++)
            rgb.AsSpan(3 * i, 3).Fill(mask[i]);
        return rgb;
    }

    /// <summary>The motion from each frame to the next.</summary>
    private static FlowField[] Flow(CandidateClip clip)
    {
        int size = clip.Height * clip.Width;
        var luma = Enumerable.Range(0, clip.Frames).Select(t =>
        {
            var plane = new float[size];
            OpticalFlow.Luma(clip.Rgb.AsSpan(3 * t * size, 3 * size), 3, plane);
            return plane;
        }).ToArray();
        return [.. Enumerable.Range(0, clip.Frames - 1).AsParallel().AsOrdered().Select(t => OpticalFlow.Estimate(luma[t], luma[t + 1], clip.Width, clip.Height))];
    }

    private static VideoFrames Paint(FlowField[] flow, CandidateClip clip)
    {
        // One scale for all frames, so that colours can be compared; the last frame has no next one and repeats the last field.
        double most = Math.Max(1, flow.Max(f => Math.Sqrt(f.U.Zip(f.V, (u, v) => (double)u * u + v * v).Max())));
        return new VideoFrames([.. flow.Append(flow[^1]).SelectMany(f => FlowColours.Paint(f, most))], clip.Frames, clip.Height, clip.Width);
    }

    private static Html Motion(HtmlPage page, CandidateClip clip, FlowField[] flow)
    {
        double[] speeds = [.. flow.Select(MotionScore.Of)];
        double[] times = [.. speeds.Select((_, t) => t + 0.5)];
        int size = clip.Height * clip.Width;
        double[] cover = [.. Enumerable.Range(0, clip.Frames).Select(t => 100.0 * clip.Mask.AsSpan(t * size, size).ToArray().Count(m => m >= 128) / size)];
        var figure = Charts.Together(
            Charts.Line(times, speeds, "mean flow", "var(--model)"),
            Charts.Line([.. cover.Select((_, t) => (double)t)], cover, "mask", "var(--real)", onRight: true))
            .Styled(x: "frame", y: "pixels per frame at 480 p", right: "mask in % of the frame");
        return Html.Of($"""<section id="motion"><h2>Motion</h2>{page.Figure(figure, $"Motion score {Number(clip.Facts["motion_score"])}, camera: {clip.Facts["camera_motion"]} (confidence {Number(clip.Facts["camera_confidence"])}).")}</section>""");
    }

    private static Html Origin(IReadOnlyDictionary<string, string> facts)
    {
        string[] variants = JsonSerializer.Deserialize<string[]>(facts["caption_variants"]) ?? [];
        return Html.Of($"""
            <section id="origin"><h2>Where it comes from</h2><div class="columns">
            <div><h3>Source</h3><p>{facts["collection"]}: <code>{facts["source_path"]}</code></p><p>Shot {facts["shot"]}, begins with: {facts["transition"]}. Frames {facts["first_frame"]} + i · {facts["frame_step"]} of {facts["sequence_frames"]}.</p>
            <p>Identity <code>{facts["identity"]}</code>. {facts["licence"]}. {facts["attribution"]}</p></div>
            <div><h3>Other wordings</h3><ul>{variants.Select(v => Html.Of($"<li>{v}</li>"))}</ul><p>{facts["caption_suffix"]}</p></div></div></section>
            """);
    }

    private static Html Scores(IReadOnlyDictionary<string, string> facts)
    {
        var rows = facts.Where(f => !_long.Contains(f.Key)).Select(f => Html.Of($"""<tr><th scope="row"><code>{f.Key}</code></th><td>{Number(f.Value)}</td></tr>"""));
        return Html.Of($"""
            <section id="scores"><h2>Everything measured</h2><p class="what">Columns of candidates.parquet and selection.parquet; docs/data-format.md says what they mean.</p>
            <div class="scroll"><table class="cost"><tbody>{rows}</tbody></table></div></section>
            """);
    }

    private static string Number(string value) =>
        value.Contains('.', StringComparison.Ordinal) && double.TryParse(value, CultureInfo.InvariantCulture, out double number) ? number.ToString("0.####", CultureInfo.InvariantCulture) : value;
}
