using AniSora.Cli.Demo;
using AniSora.Display;
using AniSora.Evaluation;

namespace AniSora.Browser.Tests;

/// <summary>A demo's results in small, drawn by rule: a walker with swinging legs, and as "the model" a cross-fade that leans to the truth.</summary>
internal static class SampleDemo
{
    public const int Frames = 17, Side = 64;
    private static readonly VideoSize Size = new(Frames, Side, Side);

    public static DemoResults Make(int clips = 6)
    {
        var walkers = Enumerable.Range(0, clips).Select(i => (Video: Walker(i), Caption: $"a round walker going {(i % 2 == 0 ? "right" : "left")} <{i}> & \"on\"", Label: i % 2 == 0 ? "right" : "left")).ToArray();
        ControlResult Control(DemoControl control) => ControlResult.Of(control, [.. walkers.Select((w, i) =>
        {
            var mask = Mask(control);
            return new ControlSample($"clip-{i}", $"sequence-{i}", w.Label, w.Caption, w.Video, mask, Lean(w.Video, mask, 0.5));
        })]);
        return new DemoResults(
            new DemoRun(new DateTimeOffset(2026, 11, 22, 14, 0, 0, TimeSpan.Zero), "2 cores of a test machine", [
                new RunStage("Prepare the clips", "./anisora data prepare demo", TimeSpan.FromSeconds(31), "1 234 clips"),
                new RunStage("Train the autoencoder", "./anisora train vae --preset demo --seconds 60", TimeSpan.FromSeconds(61), "21.3 dB"),
                new RunStage("Train the transformer", "./anisora train dit --preset demo --seconds 60", TimeSpan.FromSeconds(62)),
                new RunStage("Sample and score", "./anisora demo", TimeSpan.FromSeconds(88.4), "4 controls"),
            ])
            { PeakMemoryMebibytes = 1834, DownloadedMegabytes = 38 },
            new ShippedModel("anisora-demo", 1_450_000, 3_210_000, 18.6, TimeSpan.FromMinutes(112), TimeSpan.FromMinutes(205), "runs/anisora-demo.sh", 20, 1.9),
            new DataSummary(1120, 114, 140, 18,
                [new DataSource("Tux Football", "tuxfootball 0.3.1-7", "GPL-2+", 1100), new DataSource("Frozen Bubble", "frozen-bubble-data 2.212-11", "GPL-2", 134)],
                [.. walkers.Select(w => new PeekClip(w.Video, w.Caption))]),
            [.. Enum.GetValues<DemoControl>().Select(Control)],
            new Reconstruction(Statistic.Of([30.2, 31.4, 29.8]), Statistic.Of([0.93, 0.94, 0.92]), Frames * Side * Side * 3, 5120,
                [.. walkers.Take(4).Select(w => new ReconstructionExample(w.Video, Lean(w.Video, new byte[Size.Places], 0.9), w.Caption))]),
            [
                new LearningCurve("Autoencoder", "How well held-out clips come back.", Points(240, psnr: true)) { Shipped = Points(4000, psnr: true) },
                new LearningCurve("Transformer", "How well it tells noise from picture.", Points(300, psnr: false)),
            ]);
    }

    /// <summary>uint8 RGB <c>[17, 64, 64, 3]</c>: a disc with two legs on a soft ground.</summary>
    public static VideoFrames Walker(int kind)
    {
        var pixels = new byte[Size.Places * 3];
        for (int t = 0; t < Frames; t++)
        {
            double way = kind % 2 == 0 ? t : Frames - 1 - t, centre = 12 + 2.4 * way, swing = 7 * Math.Sin(0.9 * way);
            for (int y = 0; y < Side; y++)
            {
                for (int x = 0; x < Side; x++)
                {
                    bool body = Math.Pow(x - centre, 2) + Math.Pow((y - 28) * 0.8, 2) < 150;
                    bool leg = y is > 40 and < 56 && (Math.Abs(x - centre - swing * (y - 40) / 16) < 3 || Math.Abs(x - centre + swing * (y - 40) / 16) < 3);
                    var (r, g, b) = body ? (40 + 30 * kind, 60, 180 - 20 * kind) : leg ? (230, 150, 40) : (200 - y, 215 - y / 2, 190);
                    int i = 3 * ((t * Side + y) * Side + x);
                    (pixels[i], pixels[i + 1], pixels[i + 2]) = ((byte)r, (byte)g, (byte)b);
                }
            }
        }
        return new VideoFrames(pixels, Frames, Side, Side);
    }

    private static byte[] Mask(DemoControl control)
    {
        var mask = new byte[Size.Places];
        int[] keys = control switch
        {
            DemoControl.FirstLast => [0, Frames - 1],
            DemoControl.FirstMiddleLast => [0, Frames / 2, Frames - 1],
            _ => [0],
        };
        foreach (int t in keys)
            Array.Fill(mask, (byte)1, t * Size.FramePlaces, Size.FramePlaces);
        if (control == DemoControl.MotionMask)
        {
            for (int i = 0; i < mask.Length; i++)
                mask[i] |= (byte)(i / Side % Side is < 12 or > 58 ? 1 : 0);
        }
        return mask;
    }

    private static VideoFrames Lean(VideoFrames real, byte[] mask, double share)
    {
        var faded = Baselines.CrossFade(real.Pixels, mask, Size);
        for (int i = 0; i < faded.Length; i++)
            faded[i] = (byte)Math.Round(faded[i] + share * (real.Pixels[i] - faded[i]));
        return new VideoFrames(faded, Frames, Side, Side);
    }

    private static LearningPoint[] Points(int steps, bool psnr)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(1, steps).Select(s =>
        {
            double noise = random.NextDouble() - 0.5, gain = Math.Log(1 + s / 10.0);
            return new LearningPoint(s, s * 0.25, Math.Exp(-0.6 * gain) * (1 + 0.4 * noise), psnr ? 12 + 3.2 * gain + noise : double.NaN, psnr && s % 60 == 0 ? 11.5 + 3.2 * gain : double.NaN);
        })];
    }
}
