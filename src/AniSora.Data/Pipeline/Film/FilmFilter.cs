using System.Globalization;

namespace AniSora.Data.Pipeline;

/// <summary>
/// ffmpeg's filters for a film. All readers of a film use the same beginning (steady rate, deinterlacing), so a frame's number means the same
/// to all of them. ffmpeg itself turns the picture upright before.
/// </summary>
internal static class FilmFilter
{
    // Codecs whose frames can be marked as interlaced: only those that are, are changed.
    private static readonly HashSet<string> _interlaceable = ["h264", "mpeg2video", "mpeg4", "vc1", "wmv3", "dvvideo", "prores", "hevc", "mjpeg", "ffv1", "huffyuv", "utvideo", "cavs"];

    /// <summary>The chain for <c>-vf</c>.</summary>
    /// <param name="probe">The film.</param>
    /// <param name="request">Size, part and frames.</param>
    public static string Chain(ProbeRow probe, FrameRequest request)
    {
        var filters = new List<string>();
        if (probe.VariableFps)
        {
            // Clocks that start again or jump are joined as FilmTimes joins them, or a steady rate would fill the gap with hours of one frame.
            double gap = FilmTimes.Gap(probe.Fps);
            filters.Add(string.Create(CultureInfo.InvariantCulture,
                $"setpts='if(N,PREV_OUTPTS+if(between((PTS-PREV_INPTS)*TB,0,{gap:R}),PTS-PREV_INPTS,1/({probe.Fps:R}*TB)),0)',fps=fps={probe.Fps:R}:eof_action=pass"));
        }
        if (_interlaceable.Contains(probe.Codec) && Math.Min(probe.Width, probe.Height) >= 16)
            filters.Add("yadif=mode=send_frame:deint=interlaced");
        if (Trim(probe, request) is { } trim)
            filters.Add(trim);
        filters.AddRange(Scaled(probe, request));
        return string.Join(',', filters);
    }

    private static string? Trim(ProbeRow probe, FrameRequest request)
    {
        // A steady rate fills gaps with repeated frames: what was counted is the most that there can be.
        long end = request.Frames is { } frames ? request.FirstFrame + (long)frames : probe.VariableFps ? probe.Frames : long.MaxValue;
        return (request.FirstFrame, end) switch
        {
            (0, long.MaxValue) => null,
            (_, long.MaxValue) => string.Create(CultureInfo.InvariantCulture, $"trim=start_frame={request.FirstFrame}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"trim=start_frame={request.FirstFrame}:end_frame={end}"),
        };
    }

    private static IEnumerable<string> Scaled(ProbeRow probe, FrameRequest request)
    {
        var box = request.Crop ?? new CropBox(0, 0, probe.Width, probe.Height);
        (double x, double y, double w, double h) = (box.X, box.Y, box.Width, box.Height);
        (int width, int height) = (request.Width, request.Height);
        double aspect = (double)width / height;
        if (request.Fit == Fit.Cover)
        {
            (double narrow, double low) = (Math.Min(w, h * aspect), Math.Min(h, w / aspect));
            (x, y, w, h) = (x + (w - narrow) / 2, y + (h - low) / 2, narrow, low);
        }
        else if (request.Fit == Fit.Contain)
        {
            double scale = Math.Min(width / w, height / h);
            (width, height) = (Math.Max(1, (int)Math.Round(w * scale)), Math.Max(1, (int)Math.Round(h * scale)));
        }
        // Shares of the stored picture, whose pixels need not be square and whose size can change within a film.
        if (w < probe.Width || h < probe.Height)
            yield return string.Create(CultureInfo.InvariantCulture, $"crop=w=max(1\\,iw*{w / probe.Width:R}):h=max(1\\,ih*{h / probe.Height:R}):x=iw*{x / probe.Width:R}:y=ih*{y / probe.Height:R}:exact=1");
        string kernel = width * height < w * h ? "area" : "bicubic";
        string matrix = probe.Colours == "bt709" ? ":in_color_matrix=bt709" : "";
        yield return string.Create(CultureInfo.InvariantCulture, $"scale={width}:{height}:flags={kernel}+accurate_rnd+full_chroma_int{matrix}");
        if (probe.Colours is "pq" or "hlg")
            yield return ToneMap(probe.Colours);
        if (width != request.Width || height != request.Height)
            yield return string.Create(CultureInfo.InvariantCulture, $"format=rgba,pad={request.Width}:{request.Height}:{(request.Width - width) / 2}:{(request.Height - height) / 2}:color=black@0");
    }

    /// <summary>
    /// High dynamic range to BT.709: white of 203 cd/m² (ITU-R BT.2408) becomes 83 % of the range, and what is brighter, up to 1,000, the rest.
    /// </summary>
    private static string ToneMap(string transfer)
    {
        const int white = 203, brightest = 1000;
        string code = transfer == "pq" ? "smpte2084" : "arib-std-b67";
        return string.Create(CultureInfo.InvariantCulture,
            $"format=yuv444p10,zscale=tin={code}:min=2020_ncl:pin=2020:t=linear:npl={white},format=gbrpf32,zscale=p=709,tonemap=mobius:desat=0:peak={(double)brightest / white:R},zscale=t=709:m=gbr,format=gbrp");
    }
}
