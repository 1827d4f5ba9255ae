using System.CommandLine;
using System.Globalization;
using AniSora.Cli.Hosting;
using AniSora.Data;
using AniSora.Kernels;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora data flow</c>: the motion between two pictures.</summary>
internal static class FlowCommand
{
    /// <summary>Behind transparent pixels: between the colours figures tend to have.</summary>
    private const int Ground = 0x808080;

    /// <summary>Describes the command.</summary>
    public static Command Create()
    {
        var first = new Argument<string>("first") { Description = "A picture (PNG, JPEG, WebP, BMP or GIF)." };
        var second = new Argument<string>("second") { Description = "The next picture, of the same size." };
        var output = new Option<string>("--out") { Description = "Where to write the flow, in Middlebury's .flo format.", Required = true };
        var picture = new Option<string?>("--picture") { Description = "Also paint it into this PNG: hue = direction, white = no motion (Baker et al. 2007)." };
        var quality = new Option<FlowQuality>("--quality") { Description = "accurate (default), or fast: half the picture's size.", DefaultValueFactory = _ => FlowQuality.Accurate };
        var command = new Command("flow", "Estimate the motion from one picture to the next.") { first, second, output, picture, quality };
        command.SetAction(parsed =>
        {
            string file = parsed.GetValue(output)!;
            var field = Estimate(parsed.GetValue(first)!, parsed.GetValue(second)!, parsed.GetValue(quality));
            FloFile.Write(file, field);
            if (parsed.GetValue(picture) is { } painted)
                Media.WritePng(painted, FlowColours.Paint(field), field.Height, field.Width);
            var camera = CameraMotion.Of([CameraMove.Fit(field)]);
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{field.Width}×{field.Height}: mean motion {field.MeanMagnitude():0.00} pixels, largest component {field.LargestComponent():0.00}, camera {camera.Name} ({camera.Confidence:0%})"));
            Console.WriteLine(file);
            return ExitCode.Ok;
        });
        return command;
    }

    private static FlowField Estimate(string firstFile, string secondFile, FlowQuality quality)
    {
        Picture a = Media.ReadPicture(firstFile), b = Media.ReadPicture(secondFile);
        if (a.Width != b.Width || a.Height != b.Height)
            throw new InputException($"{secondFile}: is {b.Width}×{b.Height} pixels, {firstFile} {a.Width}×{a.Height}; give two pictures of one size");
        if (Math.Min(a.Width, a.Height) < OpticalFlow.LeastSide)
            throw new InputException($"{firstFile}: is {a.Width}×{a.Height} pixels; flow needs {OpticalFlow.LeastSide} or more on each side");
        return OpticalFlow.Estimate(a.Over(Ground), b.Over(Ground), 3, a.Width, a.Height, quality);
    }
}
