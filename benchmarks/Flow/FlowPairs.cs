namespace AniSora.Benchmarks.Flow;

/// <summary>The pairs of frames that estimators are compared on; drawn from a seed.</summary>
internal static class FlowPairs
{
    public const int Width = 256, Height = 192;

    private static readonly string[] _kinds = ["translation", "zoom", "rotation", "affine", "smooth", "layers"];
    private static readonly double[] _reaches = [0.5, 1.5, 4, 8, 16, 24];

    /// <summary>One pair for each kind of motion, reach and background, in turn.</summary>
    /// <param name="backgrounds">Whole frames of films, by name.</param>
    /// <param name="figures">Pictures with alpha, about a quarter of the frame wide when drawn.</param>
    /// <param name="perCell">How many backgrounds each kind and reach is tried on.</param>
    /// <param name="seed">Of everything random.</param>
    public static IEnumerable<FlowPair> Draw(IReadOnlyList<(string Name, Texture Texture)> backgrounds, IReadOnlyList<Texture> figures, int perCell, int seed)
    {
        int next = 0;
        foreach (string kind in _kinds)
        {
            foreach (double reach in _reaches)
            {
                for (int k = 0; k < perCell; k++)
                {
                    var random = new Random(HashCode(seed, kind, reach, k));
                    var (name, texture) = backgrounds[next++ % backgrounds.Count];
                    yield return FlowPair.Render(kind, name, reach, Width, Height, Scene(kind, reach, texture, figures, random), random);
                }
            }
        }
    }

    private static List<Layer> Scene(string kind, double reach, Texture background, IReadOnlyList<Texture> figures, Random random)
    {
        // Three quarters of the film's frame are in view: what moves in from outside is film too.
        double scale = 0.76 * Math.Min((double)background.Width / Width, (double)background.Height / Height);
        double offsetX = (background.Width - scale * Width) / 2, offsetY = (background.Height - scale * Height) / 2;
        if (kind != "layers")
            return [new(background, scale, offsetX, offsetY, KnownMotion.Draw(kind, reach, Width, Height, random))];
        string[] cameras = ["translation", "zoom", "translation"];
        var scene = new List<Layer> { new(background, scale, offsetX, offsetY, KnownMotion.Draw(cameras[random.Next(3)], reach * random.Next(3) / 4, Width, Height, random)) };
        for (int i = 1 + random.Next(3); i > 0; i--)
        {
            var figure = figures[random.Next(figures.Count)];
            double size = 50 + 40 * random.NextDouble(), zoom = Math.Max(figure.Width, figure.Height) / size;
            double x = 30 + random.NextDouble() * (Width - 60 - size), y = 20 + random.NextDouble() * (Height - 40 - size), angle = random.NextDouble() * 2 * Math.PI;
            double turn = (random.NextDouble() - 0.5) * 0.02 * Math.Min(reach, 8);
            var motion = KnownMotion.Affine(x + size / 2, y + size / 2, Math.Cos(turn), -Math.Sin(turn), Math.Sin(turn), Math.Cos(turn), reach * Math.Cos(angle), reach * Math.Sin(angle));
            scene.Add(new(figure, zoom, -zoom * x, -zoom * y, motion));
        }

        return scene;
    }

    private static int HashCode(int seed, string kind, double reach, int k)
    {
        int hash = seed;
        foreach (char c in $"{kind}/{reach.ToString(System.Globalization.CultureInfo.InvariantCulture)}/{k}")
            hash = unchecked(31 * hash + c);
        return hash;
    }
}
