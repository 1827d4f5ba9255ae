using System.Globalization;
using AniSora.Benchmarks.Flow;
using AniSora.Data;
using AniSora.Kernels;

namespace AniSora.Benchmarks.Masks;

/// <summary><c>bench masks FOLDER</c>: foreground masks of animated figures with known alpha, put before film frames that stand, pan or zoom.</summary>
internal static class MaskBenchmark
{
    private const int Width = 256, Height = 192, Frames = 10;
    private const double Size = 90, Inside = 127.5;

    private static readonly string[] _cameras = ["static", "pan", "zoom"];

    /// <summary>A figure: its pictures, and the box that holds what they show.</summary>
    private sealed record Figure(string Kind, List<Texture> Pictures, double X, double Y, double Extent);

    /// <param name="folder">Where the footage lies unpacked (benchmarks/README.md).</param>
    public static void Run(string folder)
    {
        var grounds = Footage.Backgrounds(folder);
        List<Figure> figures = [.. Emoji(folder), .. Sprites(folder)];
        var results = new List<(string Kind, string Camera, double Flow, double Mask)>();
        foreach (var (figure, camera) in figures.SelectMany(figure => _cameras.Select(camera => (figure, camera))))
        {
            int seed = results.Count;
            var (film, alpha) = Film(figure, grounds[5 * seed % grounds.Count].Texture, camera, new Random(seed), seed);
            var fields = Enumerable.Range(0, Frames).Select(t => OpticalFlow.Estimate(film[t], film[t + 1 < Frames ? t + 1 : t - 1], 3, Width, Height)).ToList();
            List<CameraMove> cameras = [.. fields.Take(Frames - 1).Select(CameraMove.Fit)];
            double flow = 0, overlap = 0;
            for (int t = 0; t < Frames; t++)
            {
                byte[] moving = new byte[Width * Height], mask = new byte[Width * Height];
                MotionMask.Moving(fields[t], CameraMove.Fit(fields[t]), moving);
                MotionMask.Of(t, 1, k => film[k], 3, cameras, moving, mask);
                (flow, overlap) = (flow + Overlap(moving, alpha[t]) / Frames, overlap + Overlap(mask, alpha[t]) / Frames);
            }

            results.Add((figure.Kind, camera, flow, overlap));
        }

        Console.WriteLine("intersection over union    scenes   flow alone   mask   worst scene");
        foreach (var (name, rows) in _cameras.Select(c => (c, results.Where(r => r.Camera == c))).Concat(results.GroupBy(r => r.Kind).Select(g => (g.Key, g.AsEnumerable()))).Append(("all", results)))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-22}{rows.Count(),11}{rows.Average(r => r.Flow),13:0.00}{rows.Average(r => r.Mask),7:0.00}{rows.Min(r => r.Mask),14:0.00}"));
    }

    /// <summary>Some of the animations in the packs of <c>data ingest --collection fluent-emoji</c>, every third picture: 8 a second.</summary>
    private static IEnumerable<Figure> Emoji(string folder)
    {
        string[] files = [.. Directory.GetFiles(folder, "*.webp", SearchOption.AllDirectories).Where(WebPFile.IsAnimated).Order(StringComparer.Ordinal)];
        foreach (string file in files.Where((_, i) => i % Math.Max(1, files.Length / 8) == 0).Take(8))
        {
            using var decoder = WebPDecoder.TryOpen(File.ReadAllBytes(file)) ?? throw new InputException($"{file}: can't be read as animated WebP");
            var pictures = new List<Texture>();
            for (int i = 0; i < 3 * Frames && decoder.TryNext(4 * 256 * 256, out var canvas); i++)
            {
                if (i % 3 == 0)
                    pictures.Add(new(256, 256, canvas.ToArray()));
            }

            yield return Fit("emoji", pictures);
        }
    }

    private static IEnumerable<Figure> Sprites(string folder)
    {
        foreach (string end in (string[])["images/fishes/big/right/body_swam_0", "images/fishes/small/right/body_swam_0", "team1/walking/n/walking", "team1/walking/se/walking"])
        {
            string[] files = [.. Directory.GetFiles(folder, "*.png", SearchOption.AllDirectories).Where(f => f.Contains("/" + end, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Take(Frames)];
            yield return Fit("sprites", [.. files.Select(f => Media.ReadPicture(f)).Select(p => new Texture(p.Width, p.Height, p.Rgba))]);
        }
    }

    private static Figure Fit(string kind, List<Texture> pictures)
    {
        int width = pictures[0].Width;
        int[] seen = [.. pictures.SelectMany(p => Enumerable.Range(0, p.Width * p.Height).Where(i => p.Rgba[4 * i + 3] > Inside)).Distinct()];
        int left = seen.Min(i => i % width), right = seen.Max(i => i % width), top = seen.Min(i => i / width), bottom = seen.Max(i => i / width);
        return new(kind, pictures, (left + right) / 2.0, (top + bottom) / 2.0, Math.Max(right - left, bottom - top) + 1);
    }

    /// <summary>The figure crosses the middle on a wavy line, 2 to 6 pixels a frame.</summary>
    private static (byte[][] Film, double[][] Alpha) Film(Figure figure, Texture ground, string camera, Random random, int seed)
    {
        double way = random.NextDouble() * 2 * Math.PI, speed = 2 + 4 * random.NextDouble(), pan = camera == "pan" ? 1 + 3 * random.NextDouble() : 0, panWay = random.NextDouble() * 2 * Math.PI;
        double scale = figure.Extent / Size, groundScale = ground.Width / (Width * 1.6), middleX = (Width - 1) / 2.0, middleY = (Height - 1) / 2.0;
        byte[][] film = new byte[Frames][];
        var alpha = new double[Frames][];
        Parallel.For(0, Frames, t =>
        {
            double x = middleX + speed * Math.Cos(way) * (t - Frames / 2), y = middleY + 0.6 * speed * Math.Sin(way) * (t - Frames / 2) + 3 * Math.Sin(0.8 * t), zoom = camera == "zoom" ? Math.Pow(1.012, t) : 1;
            KnownMotion move = KnownMotion.Affine(middleX, middleY, zoom, 0, 0, zoom, pan * t * Math.Cos(panWay), pan * t * Math.Sin(panWay)), stay = KnownMotion.Affine(0, 0, 1, 0, 0, 1, 0, 0);
            List<Layer> layers = [
                new(ground, groundScale, ground.Width / 2.0 - groundScale * middleX, ground.Height / 2.0 - groundScale * middleY, move),
                new(figure.Pictures[t % figure.Pictures.Count], scale, figure.X - scale * x, figure.Y - scale * y, stay)];
            film[t] = FlowPair.Render("film", "", 0, Width, Height, layers, new Random(100 * seed + t)).Second;
            var rgba = new double[4];
            alpha[t] = [.. Enumerable.Range(0, Width * Height).Select(i =>
            {
                layers[1].Texture.Sample(layers[1].OffsetX + scale * (i % Width), layers[1].OffsetY + scale * (i / Width), cut: true, rgba);
                return rgba[3];
            })];
        });
        return (film, alpha);
    }

    private static double Overlap(byte[] mask, double[] alpha)
    {
        int both = mask.Where((m, i) => m != 0 && alpha[i] > 0.5).Count(), either = mask.Where((m, i) => m != 0 || alpha[i] > 0.5).Count();
        return either == 0 ? 1 : (double)both / either;
    }
}
