//! What of an image file is kept: what is needed to draw it, and nothing that says where, when or by what it was taken.
//!
//! The sender is not trusted: a file is recognised by its bytes, walked part by part, and written anew from the parts on a list.
//! Whatever is not on the list is left out: EXIF and its GPS tags, XMP, IPTC, comments, thumbnails, colour profiles, makers'
//! segments, further pictures or films behind the end. (A library that edits containers keeps what it does not know, and of a
//! JPEG all that follows the first scan; a list of what may stay leaves no such gap.)
//!
//! Nothing is decoded: that a file draws is the viewer's concern, that it betrays nothing is ours.

/// Bytes that a photo may have, as it comes and as it is kept.
pub const PHOTO_MAX_BYTES: usize = 400 * 1024;
/// The longest edge of a photo, pixels.
pub const EDGE_MAX_PX: u32 = 1_600;

/// A file that was recognised and cleaned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoFile {
    /// `image/jpeg`, `image/png`, `image/webp`.
    pub media: &'static str,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// What is left of it.
    pub bytes: Vec<u8>,
}

/// Why a file is none of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPhoto {
    /// More than [`PHOTO_MAX_BYTES`].
    #[error("a photo may have {PHOTO_MAX_BYTES} bytes")]
    TooLarge,
    /// An edge of more than [`EDGE_MAX_PX`].
    #[error("an edge of a photo may have {EDGE_MAX_PX} pixels")]
    TooWide,
    /// Neither JPEG, PNG nor WebP, or broken.
    #[error("this is no whole JPEG, PNG or WebP image")]
    NotAnImage,
}

/// Recognises a file and leaves out what it does not need.
///
/// # Errors
/// [`NoPhoto`].
pub fn clean(file: &[u8]) -> Result<PhotoFile, NoPhoto> {
    if file.len() > PHOTO_MAX_BYTES {
        return Err(NoPhoto::TooLarge);
    }
    let (media, cleaned) = match file {
        [0xff, 0xd8, ..] => ("image/jpeg", jpeg(file)),
        [0x89, b'P', b'N', b'G', ..] => ("image/png", png(file)),
        [b'R', b'I', b'F', b'F', ..] => ("image/webp", webp(file)),
        _ => return Err(NoPhoto::NotAnImage),
    };
    let (bytes, (width, height)) = cleaned.ok_or(NoPhoto::NotAnImage)?;
    if width == 0 || height == 0 {
        return Err(NoPhoto::NotAnImage);
    }
    if width.max(height) > EDGE_MAX_PX {
        return Err(NoPhoto::TooWide);
    }
    Ok(PhotoFile {
        media,
        width,
        height,
        bytes,
    })
}

/// The cleaned bytes, width and height.
type Cleaned = (Vec<u8>, (u32, u32));

fn u16_be(at: &[u8], from: usize) -> Option<u32> {
    Some(u32::from(u16::from_be_bytes(at.get(from..from + 2)?.try_into().ok()?)))
}
fn u32_be(at: &[u8], from: usize) -> Option<u32> {
    Some(u32::from_be_bytes(at.get(from..from + 4)?.try_into().ok()?))
}
fn u32_le(at: &[u8], from: usize) -> Option<u32> {
    Some(u32::from_le_bytes(at.get(from..from + 4)?.try_into().ok()?))
}

/// Segments as ITU-T T.81, annex B, has them. Kept: frames, tables, scans, restarts, and Adobe's word on the colours.
fn jpeg(file: &[u8]) -> Option<Cleaned> {
    let mut kept = vec![0xff, 0xd8];
    let mut size = None;
    let mut scanned = false;
    let mut at = 2;
    loop {
        // Between two markers lies the picture itself, once a scan has begun; before that nothing may.
        let start = at;
        while file.get(at..at + 2)?[0] != 0xff || matches!(file[at + 1], 0x00 | 0xd0..=0xd7) {
            at += if file[at] == 0xff { 2 } else { 1 };
        }
        if scanned {
            kept.extend_from_slice(&file[start..at]);
        }
        let marker = file[at + 1];
        at += match marker {
            0xff => 1, // a filler
            0xd9 => {
                kept.extend_from_slice(&[0xff, 0xd9]);
                return scanned.then_some((kept, size?));
            }
            0x01 | 0xd8 => return None, // never within a picture
            _ => {
                let length = u16_be(file, at + 2).filter(|it| *it >= 2)? as usize;
                let segment = file.get(at..at + 2 + length)?;
                let frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
                if frame {
                    size = Some((u16_be(segment, 7)?, u16_be(segment, 5)?));
                }
                scanned |= marker == 0xda;
                let adobe = marker == 0xee && segment.get(4..9) == Some(b"Adobe".as_slice()) && length == 14;
                if matches!(marker, 0xc0..=0xcf | 0xda..=0xdf) || adobe {
                    kept.extend_from_slice(segment);
                }
                2 + length
            }
        };
    }
}

/// Chunks as ISO/IEC 15948 has them: those that draw the first picture.
fn png(file: &[u8]) -> Option<Cleaned> {
    const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
    const KEPT: &[&[u8; 4]] = &[
        b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD", b"pHYS", b"IDAT",
    ];
    let mut rest = file.strip_prefix(SIGNATURE)?;
    let mut kept = SIGNATURE.to_vec();
    let mut size = None;
    let mut drawn = false;
    loop {
        let length = u32_be(rest, 0)? as usize;
        let whole = length.checked_add(12)?;
        let (chunk, after) = (rest.get(..whole)?, rest.get(whole..)?);
        let kind: &[u8; 4] = chunk[4..8].try_into().ok()?;
        if size.is_none() {
            // The head comes first, and says how large it is.
            size = (kind == b"IHDR" && length == 13).then_some((u32_be(chunk, 8)?, u32_be(chunk, 12)?));
            size?;
        } else if kind == b"IHDR" {
            return None;
        }
        if kind == b"IEND" {
            kept.extend_from_slice(b"\0\0\0\0IEND\xae\x42\x60\x82");
            return drawn.then_some((kept, size?));
        }
        drawn |= kind == b"IDAT";
        if KEPT.contains(&kind) {
            kept.extend_from_slice(chunk);
        }
        rest = after;
    }
}

/// Chunks as RFC 9649 has them: one still picture with its transparency.
fn webp(file: &[u8]) -> Option<Cleaned> {
    /// Of the flags of `VP8X`: there is transparency.
    const ALPHA: u8 = 0x10;
    let said = u32_le(file, 4)? as usize;
    let body = file.get(8..said.checked_add(8)?)?;
    let mut rest = body.strip_prefix(b"WEBP")?;
    let mut kept = b"RIFF\0\0\0\0WEBP".to_vec();
    let mut size = None;
    let mut canvas = None;
    while size.is_none() {
        let length = u32_le(rest, 4)? as usize;
        let data = rest.get(8..length.checked_add(8)?)?;
        let kind: &[u8; 4] = rest[..4].try_into().ok()?;
        let u24 = |from: usize| Some(u32_le(&[data.get(from..from + 3)?, &[0][..]].concat(), 0)? + 1);
        let written = match kind {
            b"VP8X" if canvas.is_none() => {
                canvas = Some((u24(4)?, u24(7)?));
                let mut head = data.get(..10)?.to_vec();
                head[0] &= ALPHA;
                head[1..4].fill(0);
                Some(head)
            }
            b"ALPH" if canvas.is_some() => Some(data.to_vec()),
            b"VP8 " => {
                // A key frame: three bytes of its tag, its start code, width and height of 14 bits each.
                if data.get(3..6)? != [0x9d, 0x01, 0x2a] {
                    return None;
                }
                let edge = |from: usize| {
                    Some(u32::from(u16::from_le_bytes(data.get(from..from + 2)?.try_into().ok()?)) & 0x3fff)
                };
                size = Some((edge(6)?, edge(8)?));
                Some(data.to_vec())
            }
            b"VP8L" => {
                if *data.first()? != 0x2f {
                    return None;
                }
                let bits = u32_le(data, 1)?;
                size = Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1));
                Some(data.to_vec())
            }
            _ => None,
        };
        if let Some(data) = written {
            kept.extend_from_slice(kind);
            kept.extend_from_slice(&u32::try_from(data.len()).ok()?.to_le_bytes());
            kept.extend_from_slice(&data);
            if data.len() % 2 == 1 {
                kept.push(0);
            }
        }
        let padded = 8 + length + length % 2;
        rest = rest.get(padded.min(rest.len())..)?;
    }
    if canvas.is_some_and(|it| Some(it) != size) {
        return None;
    }
    let length = u32::try_from(kept.len() - 8).ok()?;
    kept[4..8].copy_from_slice(&length.to_le_bytes());
    Some((kept, size?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn segment(marker: u8, contents: &[u8]) -> Vec<u8> {
        let length = u16::try_from(contents.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], &length[..], contents].concat()
    }
    /// What a phone writes: GPS tags in EXIF, a place in XMP, IPTC and a comment, a thumbnail, a profile, and after the end a
    /// second picture with its own.
    fn jpeg_of_a_phone(width: u16, height: u16) -> Vec<u8> {
        let size = [&[8][..], &height.to_be_bytes(), &width.to_be_bytes(), &[1, 1, 0x11, 0]].concat();
        [
            vec![0xff, 0xd8],
            segment(0xe0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0THUMB"),
            segment(0xe1, b"Exif\0\0MM\0*GPSLatitude 39.38"),
            segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<GPSLongitude>117.06"),
            segment(0xe2, b"ICC_PROFILE\0\x01\x01OWNER"),
            segment(0xed, b"Photoshop 3.0\0Quanzhou Road"),
            segment(0xee, b"Adobe\0\x64\0\0\0\0\x01"),
            segment(0xfe, b"taken at home"),
            segment(0xdb, &[0; 65]),
            segment(0xc2, &size),
            segment(0xc4, &[0; 20]),
            segment(0xda, &[1, 1, 0, 0, 63, 0]),
            vec![0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56],
            segment(0xe1, b"Exif\0\0GPS between two scans"),
            segment(0xda, &[1, 1, 0, 1, 63, 0]),
            vec![0x78, 0xff, 0xd9],
            segment(0xe1, b"Exif\0\0GPS of a second picture"),
        ]
        .concat()
    }
    fn chunk(kind: &[u8; 4], contents: &[u8]) -> Vec<u8> {
        let length = u32::try_from(contents.len()).unwrap().to_be_bytes();
        [&length[..], kind, contents, &[1, 2, 3, 4]].concat()
    }
    fn png_of_a_phone() -> Vec<u8> {
        let head = [&640_u32.to_be_bytes()[..], &480_u32.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
        [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            chunk(b"IHDR", &head),
            chunk(b"eXIf", b"MM\0*GPS"),
            chunk(b"iTXt", b"XML:com.adobe.xmp GPS"),
            chunk(b"tIME", b"GPS"),
            chunk(b"IDAT", b"drawn"),
            chunk(b"tEXt", b"GPS"),
            chunk(b"IEND", b""),
            b"GPS behind the end".to_vec(),
        ]
        .concat()
    }
    fn webp_of_a_phone() -> Vec<u8> {
        let part = |kind: &[u8; 4], data: &[u8]| {
            let length = u32::try_from(data.len()).unwrap().to_le_bytes();
            [kind, &length[..], data, &vec![0; data.len() % 2]].concat()
        };
        let frame = [
            &[0, 0, 0, 0x9d, 0x01, 0x2a][..],
            &640_u16.to_le_bytes(),
            &480_u16.to_le_bytes(),
            b"odd",
        ]
        .concat();
        let body = [
            b"WEBP".to_vec(),
            part(b"VP8X", &[0x3c, 0, 0, 0, 0x7f, 2, 0, 0xdf, 1, 0]),
            part(b"ICCP", b"OWNER"),
            part(b"VP8 ", &frame),
            part(b"EXIF", b"MM\0*GPS"),
            part(b"XMP ", b"GPS"),
        ]
        .concat();
        [b"RIFF", &u32::try_from(body.len()).unwrap().to_le_bytes()[..], &body].concat()
    }
    fn says(bytes: &[u8], word: &[u8]) -> bool {
        bytes.windows(word.len()).any(|it| it == word)
    }

    #[test]
    fn what_says_where_and_by_whom_is_gone_and_the_picture_is_whole() {
        let files = [
            (jpeg_of_a_phone(640, 480), "image/jpeg"),
            (png_of_a_phone(), "image/png"),
            (webp_of_a_phone(), "image/webp"),
        ];
        for (file, media) in files {
            let it = clean(&file).unwrap();
            assert_eq!((it.media, it.width, it.height), (media, 640, 480));
            for word in [
                "GPS", "Exif", "EXIF", "eXIf", "xap", "XMP ", "117.06", "THUMB", "OWNER", "Quanzhou", "at home",
            ] {
                assert!(!says(&it.bytes, word.as_bytes()), "{word} in a {media}");
            }
            assert_eq!(
                clean(&it.bytes).unwrap().bytes,
                it.bytes,
                "cleaned once, {media} stays as it is"
            );
        }
        let jpeg = clean(&jpeg_of_a_phone(640, 480)).unwrap().bytes;
        for drawn in [
            &[0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56][..],
            &[0x78, 0xff, 0xd9],
            b"Adobe\0",
        ] {
            assert!(says(&jpeg, drawn), "{drawn:?}");
        }
        assert!(jpeg.ends_with(&[0xff, 0xd9]));
        assert_eq!(
            clean(&webp_of_a_phone()).unwrap().bytes[20],
            0x10,
            "only that it is transparent is said of it"
        );
    }

    #[test]
    fn what_is_no_image_or_too_large_is_refused_by_name() {
        let cut = |file: Vec<u8>| file[..file.len() / 2].to_vec();
        let not: Vec<Vec<u8>> = vec![
            vec![],
            b"{}".to_vec(),
            b"GIF89a\x01\0\x01\0".to_vec(),
            b"%PDF-1.7".to_vec(),
            vec![0xff, 0xd8],
            vec![0xff, 0xd8, 0xff, 0xd9],
            cut(jpeg_of_a_phone(640, 480)),
            cut(png_of_a_phone()),
            cut(webp_of_a_phone()),
            jpeg_of_a_phone(0, 480),
        ];
        for file in not {
            assert_eq!(clean(&file), Err(NoPhoto::NotAnImage), "{file:?}");
        }
        assert_eq!(clean(&jpeg_of_a_phone(1_601, 20)), Err(NoPhoto::TooWide));
        assert!(clean(&jpeg_of_a_phone(1_600, 1_600)).is_ok());
        let long = [jpeg_of_a_phone(640, 480), vec![0; PHOTO_MAX_BYTES]].concat();
        assert_eq!(clean(&long), Err(NoPhoto::TooLarge));
    }

    proptest! {
        /// Whatever bytes come, they are refused or come out clean; nothing breaks.
        #[test]
        fn no_bytes_break_it(which in 0_usize..3, at in 0_usize..400, with: Vec<u8>, to in 0_usize..400) {
            let mut file = [jpeg_of_a_phone(640, 480), png_of_a_phone(), webp_of_a_phone()][which].clone();
            let (a, b) = (at.min(file.len()), to.min(file.len()));
            file.splice(a.min(b)..a.max(b), with);
            if let Ok(it) = clean(&file) {
                prop_assert!(it.bytes.len() <= file.len() + 1, "at most the byte that evens a part out");
                prop_assert_eq!(clean(&it.bytes).map(|it| it.bytes), Ok(it.bytes));
            }
        }
    }
}
