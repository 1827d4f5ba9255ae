// What every notebook begins with: the project's own libraries, their names, and how large to work.
// ANISORA_NOTEBOOKS=full makes runs long enough to be worth looking at; anything else is fast, for a first look and for tests.
#!import "polyglot.csx"
#r "../src/AniSora.Cli/bin/Release/net10.0/anisora.dll"

using System.IO;
using System.Threading;
using AniSora;
using AniSora.Data;
using AniSora.Display;
using AniSora.Display.Notebook;
using AniSora.Evaluation;
using AniSora.Inference;
using AniSora.Kernels;
using AniSora.Kernels.Gpu;
using AniSora.Models;
using AniSora.Models.Checkpoints;
using AniSora.Models.Conditioning;
using AniSora.Models.Diffusion;
using AniSora.Models.Fast;
using AniSora.Models.Layers;
using AniSora.Models.Runtime;
using AniSora.Models.Sampling;
using AniSora.Onnx.Engine;
using AniSora.Onnx.Export;
using AniSora.Training.Checkpoints;
using AniSora.Training.Config;
using AniSora.Training.Notebook;
using AniSora.Training.Train;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

bool fullSize = Environment.GetEnvironmentVariable("ANISORA_NOTEBOOKS") == "full";

// Paths as seen from notebooks/.
const string Demo = "../data/demo", Shipped = "../models/anisora-demo";

// An empty folder below out/notebooks for something that a cell makes anew each time.
string Fresh(string name)
{
    string folder = Path.Combine("../out/notebooks", name);
    if (Directory.Exists(folder))
        Directory.Delete(folder, recursive: true);
    Directory.CreateDirectory("../out/notebooks");
    return folder;
}

// Frames [T, H, W, 3] of a clip's size as something to play; in few colours, so that a saved notebook stays light.
VideoFrames Film(HeldOutClip clip, byte[] rgb = null) => new VideoFrames(rgb ?? clip.Rgb, clip.T, clip.H, clip.W).Reduced(fullSize ? 256 : 96);

TrainingNotebook.Start();
if (polyglot)
    TorchLibrary.EnsureLoaded(); // it would find the system's libtorch first, where there is one
Formatters.Register<SqlTable>(t => new Table(t.Columns, t.Rows).ToMime());
CurrentNotebook.Value.AddLanguage("sql", question => ClipIndex.Open(Demo).Sql(question));
