// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reads binary SOAP messages (application/soap+msbin1) with the encoder of WCF itself and writes them as text.
// One message per line in base64, on standard input as on standard output.

using System;
using System.IO;
using System.ServiceModel.Channels;
using System.Text;
using System.Xml;

namespace WindowsUpdateLab
{
    static class BinaryToText
    {
        static void Main()
        {
            MessageEncoder encoder = new BinaryMessageEncodingBindingElement().CreateMessageEncoderFactory().Encoder;
            string line;
            while ((line = Console.In.ReadLine()) != null)
                Console.WriteLine(Convert.ToBase64String(Text(encoder, Convert.FromBase64String(line))));
        }

        static byte[] Text(MessageEncoder encoder, byte[] binary)
        {
            Message message = encoder.ReadMessage(new MemoryStream(binary), 65536, "application/soap+msbin1");
            var text = new MemoryStream();
            using (XmlWriter writer = XmlWriter.Create(text, new XmlWriterSettings { Encoding = new UTF8Encoding(false) }))
                message.WriteMessage(writer);
            return text.ToArray();
        }
    }
}
