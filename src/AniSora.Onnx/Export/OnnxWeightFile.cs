using System.Security.Cryptography;
using System.Text;

namespace AniSora.Onnx.Export;

/// <summary>
/// A file with the weights of one or several graphs. Equal contents are stored once. It never replaces a file, since models on the disk may
/// name that; when the new models are in place, files that none names any more are deleted.
/// </summary>
internal sealed class OnnxWeightFile : IDisposable
{
    /// <summary>What is smaller stays in the model, where ONNX Runtime needs shapes and scalars when it loads.</summary>
    private const long Small = 1024;

    /// <summary>The format recommends pages, so that the file can be mapped into memory.</summary>
    private const long Page = 4096;

    private readonly Dictionary<OnnxInitializer, (long, long)> _places = new(ReferenceEqualityComparer.Instance);
    private readonly List<string> _old = [];
    private bool _named;

    /// <param name="wanted">The name wanted; the next free one like it is taken.</param>
    public OnnxWeightFile(string wanted)
    {
        string stem = System.IO.Path.ChangeExtension(wanted, null), extension = System.IO.Path.GetExtension(wanted);
        Path = wanted;
        for (int i = 2; File.Exists(Path) || Directory.Exists(Path); i++)
        {
            _old.Add(Path);
            Path = $"{stem}.{i}{extension}";
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Where an initialiser's content is; null if it is too small to be here.</summary>
    public (long Offset, long Length)? Find(OnnxInitializer initializer) => _places.TryGetValue(initializer, out var place) ? place : null;

    /// <summary>Writes the contents.</summary>
    public void Write(IEnumerable<OnnxInitializer> initializers, CancellationToken cancellation) => AtomicFile.Write(Path, stream =>
    {
        var known = new Dictionary<string, (long, long)>(StringComparer.Ordinal);
        foreach (var initializer in initializers.Where(i => i.Bytes >= Small))
        {
            cancellation.ThrowIfCancellationRequested();
            long before = stream.Length, start = (before + Page - 1) / Page * Page;
            stream.SetLength(start);
            stream.Position = start;
            using var hash = new HashingStream(stream);
            initializer.Write(hash);
            string digest = hash.Digest();
            stream.Flush();
            if (!known.TryAdd(digest, (start, initializer.Bytes)))
                stream.SetLength(before);
            _places[initializer] = known[digest];
        }
    });

    /// <summary>A model that names it is in place.</summary>
    public void Named() => _named = true;

    /// <summary>All models that name it are in place: files of its kind that no model in the folder names any more are deleted.</summary>
    public void DeleteOld()
    {
        foreach (string file in _old.Where(File.Exists))
            if (!Directory.EnumerateFiles(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(file))!, "*.onnx").Any(model => Mentions(model, System.IO.Path.GetFileName(file))))
                File.Delete(file);
    }

    /// <summary>Deletes the file again if no model came to name it.</summary>
    public void Dispose()
    {
        if (!_named)
            File.Delete(Path);
    }

    /// <summary>Whether a file's name stands in a model.</summary>
    private static bool Mentions(string model, string name)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(name), buffer = new byte[1 << 20];
        using var stream = File.OpenRead(model);
        for (int kept = 0; ;)
        {
            int read = stream.ReadAtLeast(buffer.AsSpan(kept), buffer.Length - kept, throwOnEndOfStream: false);
            var part = buffer.AsSpan(0, kept + read);
            if (part.IndexOf(wanted) >= 0)
                return true;
            if (read == 0)
                return false;
            kept = Math.Min(wanted.Length - 1, part.Length);
            part[^kept..].CopyTo(buffer);
        }
    }

    /// <summary>Passes bytes on and computes their digest.</summary>
    private sealed class HashingStream(Stream to) : Stream
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public string Digest() => Convert.ToHexString(_hash.GetHashAndReset());

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _hash.AppendData(buffer);
            to.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() => to.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _hash.Dispose();
            base.Dispose(disposing);
        }
    }
}
