using AniSora.Data.Pipeline;

namespace AniSora.Data;

/// <summary>Microsoft's animated Fluent emoji: looping figures, faces and things of 256×256 with alpha, about 72 frames each.</summary>
internal sealed class FluentEmoji : FootageCollection
{
    /// <inheritdoc/>
    public override string Name => "fluent-emoji";
    /// <inheritdoc/>
    public override string Summary => "3-D emoji in motion, 256×256, 24 fps, alpha, most in 6 skin tones";
    /// <inheritdoc/>
    public override string Licence => "MIT";
    /// <inheritdoc/>
    public override string Attribution => "Fluent Emoji by Microsoft, packaged by LobeHub (github.com/lobehub/fluent-emoji); names from unicode-emoji-json by Mu-An Chiou";
    /// <inheritdoc/>
    public override IReadOnlyList<CollectionCount> Expected => [new("WebP files", 3391), new("animations", 2109)];

    internal override IReadOnlyList<Package> Packages =>
    [
        new NpmPackage("unicode-emoji-json", "0.9.0", "sha512-HdrQW/7SdbXUsTd8uTATv7LvQJkCSgbAgRCDCtOhQ6xn3EAx+xZHQtRniOXWJK3ywIqPegkNhP4U4EbuFsiQng==", 71_855),
        new NpmPackage("@lobehub/fluent-emoji-anim-1", "1.0.0", "sha512-/4m31vAuZEQ4aUJ5pxcOU5PVkuJya55GRxUZL7+zgLlxZXpzzE8jPqpDyhZICE3n47nS/Y9M5/vLdizi8201QA==", 164_966_217),
        new NpmPackage("@lobehub/fluent-emoji-anim-2", "1.0.0", "sha512-S6yzf0RZXrQbXdxCWuHA9BAoLdBRk2flX+ne4TPGEH/qApwisCAKHoAAGjKSlTY3OVeZ9b7t/NEbmpjawnQYJA==", 181_915_962),
        new NpmPackage("@lobehub/fluent-emoji-anim-3", "1.0.0", "sha512-UzRSUDMjdfdt9vER5bhjHkPqgc3EEgfGtYs6ndvizOTvQOxYQ57ow2RTkWSDZxwW30X4EYBi2eWTS7CXDDoFsg==", 197_000_910),
        new NpmPackage("@lobehub/fluent-emoji-anim-4", "1.0.0", "sha512-IIkl5ztSd1HrzvIDt/uGsFoC1WODXRdYq5uROrnkyqi9DbToEcJ1nlY86PnoUXeFS9nBCnHfiYk3ouSEGThFmA==", 185_915_894),
    ];

    internal override Listing List(IReadOnlyList<UnpackedPackage> packages)
    {
        var names = EmojiNames.Load(Path.Combine(packages[0].Root, "data-by-emoji.json"));
        var sources = new List<SourceRow>();
        int files = 0;
        foreach (var pack in packages.Skip(1))
        {
            foreach (string file in Directory.GetFiles(Folder(pack, "assets"), "*.webp").Order(StringComparer.Ordinal))
            {
                files++;
                // The packs fill up with still pictures where there is no animation.
                if (WebPFile.IsAnimated(file))
                    sources.Add(Describe(file, names));
            }
        }
        return new(sources, [new("WebP files", files), new("animations", sources.Count)]);
    }

    private SourceRow Describe(string file, EmojiNames names)
    {
        var emoji = names.Describe(Path.GetFileNameWithoutExtension(file));
        return Source(Path.GetFileName(file), SourceKind.Animation, file, new FileInfo(file).Length, emoji.Identity, emoji.Name) with
        {
            Label = emoji.Action,
            Subject = emoji.Who,
            Colour = emoji.Tone,
            Loops = true,
            // Flags and signs would be others; a person or thing that is turned round is still that person or thing.
            Mirrorable = emoji.Group is not ("Flags" or "Symbols" or "Objects"),
        };
    }
}
