using System.CommandLine;
using System.Globalization;
using AniSora.Cli.Hosting;
using AniSora.Data;
using AniSora.Data.Pipeline;
using AniSora.Data.Text;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora data ocr</c>: what the pipeline reads in pictures, and how much of them it covers.</summary>
internal static class OcrCommand
{
    /// <summary>Describes the command.</summary>
    public static Command Create()
    {
        var pictures = new Argument<string[]>("PICTURE") { Description = "PNG, JPEG, WebP, BMP or GIF.", Arity = ArgumentArity.OneOrMore };
        var height = new Option<int>("--height") { Description = "Scale larger pictures down to this height in pixels.", DefaultValueFactory = _ => new LookConfig().Height };
        var confidence = new Option<double>("--confidence") { Description = "What counts as text: mean probability of its characters.", DefaultValueFactory = _ => new TextConfig().Confidence };
        var command = new Command("ocr", "Show the text that is found in pictures: cover in %, words, confidence, centre and size of the box (tab-separated).") { pictures, height, confidence };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            using var finder = new TextFinder(new TextConfig { Confidence = parsed.GetValue(confidence) });
            foreach (string path in parsed.GetValue(pictures)!)
            {
                cancel.ThrowIfCancellationRequested();
                var picture = Media.ReadPicture(path);
                double scale = Math.Min(1, (double)parsed.GetValue(height) / picture.Height);
                picture = picture.Fitted(Math.Max(1, (int)Math.Round(scale * picture.Width)), Math.Max(1, (int)Math.Round(scale * picture.Height)), Fit.Cover);
                var texts = finder.Find(picture.Over(), picture.Width, picture.Height);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}\t{TextFinder.Cover(texts, new CropBox(0, 0, picture.Width, picture.Height)):0.00}"));
                foreach (var (box, text, sure) in texts)
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\t{text}\t{sure:0.00}\t{box.CentreX / scale:0},{box.CentreY / scale:0}\t{box.Width / scale:0}x{box.Height / scale:0}"));
            }
            return ExitCode.Ok;
        }, cancel));
        return command;
    }
}
