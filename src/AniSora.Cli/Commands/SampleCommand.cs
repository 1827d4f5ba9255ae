using System.CommandLine;
using AniSora.Cli.Hosting;
using AniSora.Data;
using AniSora.Models.Checkpoints;
using AniSora.Models.Sampling;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora sample</c>: text, key frames and masks to video.</summary>
internal static class SampleCommand
{
    private const int ViewingScale = 6;

    /// <summary>Describes the command.</summary>
    public static Command Create()
    {
        var prompt = new Argument<string?>("prompt") { Description = "What happens, in the words of the model's captions.", Arity = ArgumentArity.ZeroOrOne };
        var keyFrames = new Option<string[]>("--keyframe") { Description = "A given frame, TIME=FILE: 0=first.png, middle=…, end=last.png, 0.25=… (repeatable)." };
        var mask = new Option<string?>("--mask") { Description = "Picture that is painted, in any colour but black, where motion is allowed; all else stays as in the first key frame." };
        var feather = new Option<double>("--feather") { Description = "With --mask: pixels over which what moves fades into what stands still." };
        var fit = new Option<Fit>("--fit") { Description = "What becomes of a key frame or mask of another aspect: cover, contain or stretch.", DefaultValueFactory = _ => Fit.Cover };
        var model = new Option<string>("--model") { Description = "Model folder, the --out folder of 'anisora train dit', or an exported model.", DefaultValueFactory = _ => RepositoryFolder.ShippedModel() };
        var seed = new Option<long>("--seed") { Description = "Same seed, same video.", DefaultValueFactory = _ => 1 };
        var count = new Option<int>("--count") { Description = "Videos to make, each from its own noise.", DefaultValueFactory = _ => 1 };
        var output = new Option<string>("--out") { Description = "Where to, without ending: .mp4, .gif and .png (a strip) are written.", DefaultValueFactory = _ => "out/sample" };
        var sampling = new SamplingOptionsOfCommand();
        var engine = new EngineOptions();
        var command = new Command("sample", "Make animation from a prompt, key frames at any time, and a mask of what may move.")
        {
            prompt, keyFrames, mask, feather, fit, model, seed, count, output,
        };
        foreach (var option in sampling.All.Concat(engine.All))
            command.Add(option);
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var options = sampling.Read(parsed) with { Feather = parsed.GetValue(feather), Seed = unchecked((ulong)parsed.GetValue(seed)) };
            options.Validate();
            if (options.Feather > 0 && parsed.GetValue(mask) is null)
                throw new InputException("--feather: needs --mask, whose edge it softens");
            int videos = parsed.GetValue(count);
            if (videos is < 1 or > 256)
                throw new InputException($"--count {videos}: use 1 to 256");
            var choice = engine.Read(parsed, parsed.GetValue(model)!);
            // What is given is read first: a bad picture should not have to wait for a model to load.
            var guide = ReadGuide(parsed.GetValue(prompt), parsed.GetValue(keyFrames) ?? [], parsed.GetValue(mask), parsed.GetValue(fit), choice.ReadIndex());
            using var opened = choice.Open();

            using var progress = new ConsoleProgress("sample", options.Steps);
            var made = VideoSampler.Sample(opened, [.. Enumerable.Repeat(guide, videos)], options, step => progress.Report(step), cancel);
            progress.Dispose();
            for (int i = 0; i < made.Count; i++)
                Write(parsed.GetValue(output)! + (made.Count == 1 ? "" : $"-{i}"), made[i], guide, opened.Index.Fps);
            return ExitCode.Ok;
        }, cancel));
        return command;
    }

    private static Guide ReadGuide(string? prompt, string[] keyFrames, string? mask, Fit fit, ModelIndex size)
    {
        static void Warn(string note) => Console.Error.WriteLine($"warning: {note}");
        var given = new Dictionary<int, byte[]>();
        foreach (string option in keyFrames)
        {
            var (frame, rgb) = KeyFrameOption.Read(option, size.Frames, size.Height, size.Width, fit, Warn);
            if (!given.TryAdd(frame, rgb))
                throw new InputException($"--keyframe {option}: frame {frame} is given twice");
        }
        if (mask is null)
            return Guide.FromKeyFrames(given, prompt, size.Frames, size.Height, size.Width);
        if (!given.TryGetValue(0, out var first) || given.Count > 1)
            throw new InputException("--mask: give exactly one key frame, the first (--keyframe 0=picture.png): it stands still where the mask is black");
        return Guide.FromRegion(first, KeyFrameOption.ReadMask(mask, size.Height, size.Width, fit, Warn), prompt, size.Frames, size.Height, size.Width);
    }

    private static void Write(string path, byte[] video, Guide guide, double fps)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);
        Media.WriteMp4(path + ".mp4", video, guide.T, guide.H, guide.W, fps, ViewingScale);
        Media.WriteGif(path + ".gif", video, guide.T, guide.H, guide.W, fps, ViewingScale / 2);
        Media.WriteStrip(path + ".png", video, guide.T, guide.H, guide.W);
        foreach (string ending in (string[])[".mp4", ".gif", ".png"])
            Console.WriteLine(path + ending);
    }
}
